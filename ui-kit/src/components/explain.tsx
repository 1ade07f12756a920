import { clsx } from 'clsx';
import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';

interface Props {
  /** What the number is, read aloud before it: "Explain the price". */
  label: string;
  /** The number as it stands on the page. */
  children: ReactNode;
  /** Its lines. */
  lines: ReactNode;
  className?: string;
}

/** A number that opens into the lines it is made of, by click, tap or key. */
export function Explain({ label, children, lines, className }: Props) {
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={label}
        className={clsx('num rounded-small underline decoration-dotted decoration-from-font underline-offset-4 hover:decoration-solid', className)}
      >
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-50 max-w-80 min-w-56 rounded-house border border-line bg-surface p-3 text-13 text-ink shadow-raised"
          aria-label={label}
        >
          {lines}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface LinesProps {
  rows: { label: string; amount: string }[];
  total?: { label: string; amount: string };
}

/** Lines of an amount with their sum below. */
export function Lines({ rows, total }: LinesProps) {
  return (
    <dl className="num flex flex-col gap-1 text-13">
      {rows.map(({ label, amount }, index) => (
        <div key={index} className="flex justify-between gap-6">
          <dt className="text-ink-soft">{label}</dt>
          <dd className="text-right whitespace-nowrap">{amount}</dd>
        </div>
      ))}
      {total && (
        <div className="mt-0.5 flex justify-between gap-6 border-t border-line pt-1.5 font-semibold">
          <dt>{total.label}</dt>
          <dd className="text-right whitespace-nowrap">{total.amount}</dd>
        </div>
      )}
    </dl>
  );
}
