import { buttonClass, EmptyState, ErrorState, LoadingRows, words } from '@atelier/ui-kit';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Compass } from 'lucide-react';

export function PageFault({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = (): void => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="px-4">
      <ErrorState error={error} onRetry={again} />
    </div>
  );
}

export function PageMissing() {
  return (
    <EmptyState
      icon={<Compass aria-hidden />}
      title={words.state.notFound}
      action={
        <Link to="/" className={buttonClass('plain')}>
          {words.action.home}
        </Link>
      }
    >
      {words.state.notFoundWhy}
    </EmptyState>
  );
}

export function PagePending() {
  return (
    <div className="w-full max-w-6xl px-4 py-8 md:px-6">
      <LoadingRows rows={5} className="h-12" />
    </div>
  );
}
