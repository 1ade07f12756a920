import { clsx } from 'clsx';
import { type ReactNode, useEffect } from 'react';
import { words } from '../strings.js';

interface Props {
  title: string;
  /** One sentence under the title, when the title does not explain itself. */
  about?: ReactNode;
  /** The page's one action. */
  action?: ReactNode;
  /** Pictures and grids use the whole width; words keep to a readable one. */
  wide?: boolean;
  children: ReactNode;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${words.app.name}`;
  }, [title]);
}

export function PageFrame({ title, about, action, wide = false, children }: Props) {
  useTitle(title);
  return (
    <div className={clsx('w-full px-4 pt-6 pb-16 md:px-6', !wide && 'max-w-6xl')}>
      <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-20 font-semibold tracking-tight text-balance">{title}</h1>
          {about && <div className="mt-1 max-w-prose text-ink-soft">{about}</div>}
        </div>
        {action}
      </div>
      {children}
    </div>
  );
}
