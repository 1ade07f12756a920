import { clsx } from 'clsx';
import { type ReactNode, useId } from 'react';

/** A bordered part of a page with its own heading. Cards are not put into cards. */
export function Card({ title, aside, className, children }: { title?: string; aside?: ReactNode; className?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={title ? id : undefined} className={clsx('rounded-house border border-line bg-surface p-4 md:p-5', className)}>
      {title && (
        <header className="mb-3 flex items-center justify-between gap-4">
          <h2 id={id} className="text-14 font-semibold">
            {title}
          </h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

/** Names and their values, as on a specification sheet. */
export function Facts({
  rows,
  className,
}: {
  rows: readonly (readonly [name: string, value: ReactNode] | false | '' | null | undefined)[];
  className?: string;
}) {
  return (
    <dl className={clsx('grid grid-cols-[minmax(96px,auto)_1fr] gap-x-4 gap-y-1.5 text-13', className)}>
      {rows
        .filter((row) => !!row)
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-faint">{name}</dt>
            <dd className="num min-w-0 break-words">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
