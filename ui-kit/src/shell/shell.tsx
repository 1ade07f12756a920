import type { LucideIcon } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Dialog } from '../components/dialog.js';
import { Toasts } from '../components/toast.js';
import type { Shortcut } from '../shortcuts.js';
import { useShortcuts } from '../shortcuts.js';
import { useStored } from '../stored.js';
import { words } from '../strings.js';
import type { Me } from '../views.js';
import { KeySheet } from './key-sheet.js';
import { useAppRouter } from './link.js';
import { OfflineBanner } from './offline-banner.js';
import { Rail, RailLinks } from './rail.js';
import { TopBar } from './top-bar.js';

const Palette = lazy(() => import('./palette.js'));

export interface Page {
  to: string;
  label: string;
  icon: LucideIcon;
  /** Key sequence that opens it, such as `g c`. */
  keys?: string;
  /** Starts a new group in the rail with this heading. */
  heading?: string;
  /** Other words by which the palette finds it. */
  keywords?: string;
}

export interface Action {
  id: string;
  label: string;
  keys?: string;
  keywords?: string;
  run: () => void;
}

export interface ShellProps {
  app: 'studio' | 'admin';
  me: Me;
  pages: readonly Page[];
  actions: readonly Action[];
  onSignOut: () => void;
  children: ReactNode;
}

/** After a page change the focus goes to the new content, so that a screen reader starts there and not in the old page. */
function useFocusOnNavigation(pathname: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else document.getElementById('content')?.focus({ preventScroll: true });
  }, [pathname]);
}

export const isOn = (page: Page, pathname: string): boolean => pathname === page.to || (page.to !== '/' && pathname.startsWith(`${page.to}/`));

/** Rail, top bar, palette, key sheet and the places where news appears: the same hand in both apps. */
export function Shell({ app, me, pages, actions, onSignOut, children }: ShellProps) {
  const { go, pathname } = useAppRouter();
  useFocusOnNavigation(pathname);
  const [open, setOpen] = useState<'palette' | 'keys' | 'pages' | null>(null);
  const [single, setSingle] = useStored('single-keys', true);
  const close = (): void => setOpen(null);
  const shortcuts: Shortcut[] = [
    { keys: 'mod+k', label: words.keys.palette, run: () => setOpen('palette') },
    { keys: '?', label: words.keys.sheet, run: () => setOpen('keys') },
    ...pages.flatMap(({ keys, label, to }) => (keys ? [{ keys, label, run: () => go(to) }] : [])),
    ...actions.flatMap(({ keys, label, run }) => (keys ? [{ keys, label, run }] : [])),
  ];
  useShortcuts(shortcuts, single);
  return (
    <div className="flex min-h-dvh">
      <a href="#content" className="fixed top-2 left-2 z-50 -translate-y-16 rounded-house bg-ink px-3 py-2 text-paper focus:translate-y-0">
        {words.shell.skip}
      </a>
      <Rail app={app} pages={pages} />
      <div className="flex min-w-0 flex-1 flex-col">
        <OfflineBanner />
        <TopBar app={app} me={me} onSearch={() => setOpen('palette')} onPages={() => setOpen('pages')} onKeys={() => setOpen('keys')} onSignOut={onSignOut} />
        <main id="content" tabIndex={-1} className="flex min-w-0 flex-1 flex-col">
          {children}
        </main>
      </div>
      <Dialog open={open === 'pages'} onClose={close} title={words.app.name} place="drawer">
        <RailLinks pages={pages} label={words.shell.navigation} onGo={close} />
      </Dialog>
      <KeySheet open={open === 'keys'} onClose={close} shortcuts={shortcuts} single={single} onSingle={setSingle} />
      {open === 'palette' && (
        <Suspense fallback={null}>
          <Palette onClose={close} pages={pages} actions={actions} onKeys={() => setOpen('keys')} onSignOut={onSignOut} />
        </Suspense>
      )}
      <Toasts />
    </div>
  );
}
