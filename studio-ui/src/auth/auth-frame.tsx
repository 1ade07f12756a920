import { useTitle } from '@atelier/ui-kit';
import type { ReactNode } from 'react';

/** A quiet sheet in the middle: mark, heading, form, the way to the other form. */
export function AuthFrame({ title, about, children, other }: { title: string; about?: string; children: ReactNode; other: ReactNode }) {
  useTitle(title);
  return (
    <main className="grid min-h-dvh grid-rows-[1fr_auto_1.4fr] px-4 py-10">
      <span />
      <div className="mx-auto w-full max-w-96">
        <svg aria-hidden viewBox="0 0 24 24" className="mb-6 size-9" fill="none">
          <path d="M6.25 6.25h11.5L6.25 17.75z" fill="currentColor" />
          <rect x="3" y="3" width="18" height="18" rx="4" stroke="currentColor" strokeWidth="2" />
        </svg>
        <h1 className="text-28 font-semibold tracking-tight">{title}</h1>
        {about && <p className="mt-2 text-ink-soft">{about}</p>}
        <div className="mt-6">{children}</div>
        <p className="mt-6 text-ink-soft">{other}</p>
      </div>
      <span />
    </main>
  );
}
