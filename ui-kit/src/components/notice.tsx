import { clsx } from 'clsx';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const LOOKS = {
  neutral: { wash: 'border border-line bg-surface', ink: 'text-ink-faint', Icon: Info },
  good: { wash: 'bg-good-wash', ink: 'text-good', Icon: CircleCheck },
  warn: { wash: 'bg-warn-wash', ink: 'text-warn', Icon: TriangleAlert },
  bad: { wash: 'bg-bad-wash', ink: 'text-bad', Icon: CircleAlert },
} as const;

interface Props {
  tone?: keyof typeof LOOKS;
  title: string;
  /** What to do about it. */
  action?: ReactNode;
  /** Read aloud when it appears: for what happened, not for what simply is. */
  live?: boolean;
  children?: ReactNode;
}

/** Something that the reader of this page has to know: what, why, and what to do. Faults of a request are an `ErrorState`. */
export function Notice({ tone = 'neutral', title, action, live = false, children }: Props) {
  const { wash, ink, Icon } = LOOKS[tone];
  return (
    <div role={live ? 'status' : undefined} className={clsx('flex gap-3 rounded-house p-4', wash)}>
      <Icon aria-hidden className={clsx('mt-0.5 size-5 shrink-0', ink)} />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        {children && <div className="mt-0.5 max-w-prose text-ink-soft">{children}</div>}
        {action && <div className="mt-3 flex flex-wrap items-center gap-2">{action}</div>}
      </div>
    </div>
  );
}
