import { clsx } from 'clsx';
import { CircleAlert, CloudOff, Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { toProblem } from '../problem.js';
import { words } from '../strings.js';
import { Button } from './button.js';
import { CopyButton } from './copy-button.js';

/** Stands where the content will stand, in its shape. Hidden from readers; the page says "Loading" once. */
export const Skeleton = ({ className }: { className?: string }) => <div aria-hidden className={clsx('skeleton', className)} />;

export function LoadingRows({ rows = 6, className = 'h-10' }: { rows?: number; className?: string }) {
  return (
    <Loading>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className={className} />
      ))}
    </Loading>
  );
}

export function Loading({ className = 'flex flex-col gap-2', children }: { className?: string; children: ReactNode }) {
  return (
    <div role="status" aria-label={words.state.loading} className={className}>
      {children}
    </div>
  );
}

/** One sentence, one action. */
export function EmptyState({ icon, title, children, action }: { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      {icon && <div className="text-ink-faint [&>svg]:size-8 [&>svg]:stroke-[1.5]">{icon}</div>}
      <p className="text-16 font-semibold text-balance">{title}</p>
      {children && <div className="text-pretty text-ink-soft">{children}</div>}
      {action && <div className="mt-1">{action}</div>}
    </div>
  );
}

interface ErrorProps {
  error: unknown;
  onRetry?: () => void;
  /** Beside other content rather than instead of it. */
  inline?: boolean;
  action?: ReactNode;
}

/** What happened, what to do, the request's id, and a way to try again. */
export function ErrorState({ error, onRetry, inline = false, action }: ErrorProps) {
  const problem = toProblem(error);
  const Icon = problem.code === 'offline' ? CloudOff : CircleAlert;
  return (
    <div role="alert" className={clsx('flex gap-3 rounded-house bg-bad-wash p-4', !inline && 'mx-auto my-10 max-w-xl')}>
      <Icon aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
      <div className="min-w-0">
        <p className="font-semibold">{problem.message}</p>
        <p className="mt-0.5 text-ink-soft">{problem.cure}</p>
        {(problem.requestId || onRetry || action) && (
          <div className="mt-3 flex flex-wrap items-center gap-2">
            {onRetry && (
              <Button size="small" onClick={onRetry}>
                {words.action.retry}
              </Button>
            )}
            {action}
            {problem.requestId && (
              <span className="flex items-center gap-1 text-12 text-ink-soft">
                <span className="font-mono break-all">{words.problem.request(problem.requestId)}</span>
                <CopyButton text={problem.requestId} label={words.problem.copyRequest} iconOnly />
              </span>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

export function NoPermission({ role, permission }: { role: string; permission: string }) {
  return (
    <EmptyState icon={<Lock aria-hidden />} title={words.state.noPermission}>
      {words.state.noPermissionWhy(role, permission)}
    </EmptyState>
  );
}
