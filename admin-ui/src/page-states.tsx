import type { Permission } from '@atelier/contracts';
import { adminWords, buttonClass, EmptyState, ErrorState, LoadingRows, meQuery, NoPermission, words } from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Compass, Lock } from 'lucide-react';
import type { ReactNode } from 'react';

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

/** Shown to a role for which none of these pages is meant. */
export function NothingHere() {
  const { data: me } = useSuspenseQuery(meQuery);
  return (
    <EmptyState
      icon={<Lock aria-hidden />}
      title={adminWords.nothing.title}
      action={
        <a href="/" className={buttonClass('plain')}>
          {adminWords.nothing.action}
        </a>
      }
    >
      {adminWords.nothing.text(me.role)}
    </EmptyState>
  );
}

/** Shows the page to those who have the right, and to others what they lack. The server decides for itself. */
export function Guarded({ right, children }: { right: Permission; children: ReactNode }) {
  const { data: me } = useSuspenseQuery(meQuery);
  return me.permissions.includes(right) ? children : <NoPermission role={me.role} permission={right} />;
}
