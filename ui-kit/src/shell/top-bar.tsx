import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { Coins, LoaderCircle, Menu as MenuIcon, Search, TriangleAlert } from 'lucide-react';
import { buttonClass, IconButton } from '../components/button.js';
import { Skeleton } from '../components/states.js';
import { compareCredits } from '../credits.js';
import { creditsWithUnit, formatCredits } from '../format.js';
import { balanceQuery, runningJobsQuery } from '../queries.js';
import { spellKeys } from '../shortcuts.js';
import { words } from '../strings.js';
import type { Me } from '../views.js';
import { AccountMenu } from './account-menu.js';
import { useAppRouter } from './link.js';

interface Props {
  app: 'studio' | 'admin';
  me: Me;
  onSearch: () => void;
  onPages: () => void;
  onKeys: () => void;
  onSignOut: () => void;
}

export function TopBar({ app, me, onSearch, onPages, onKeys, onSignOut }: Props) {
  const rights = new Set<string>(me.permissions);
  return (
    <header className="sticky top-0 z-20 flex h-14 items-center gap-2 border-b border-line bg-paper px-3 md:px-6">
      <IconButton label={words.shell.openNavigation} icon={<MenuIcon aria-hidden className="size-5" />} className="md:hidden" onClick={onPages} />
      <button
        type="button"
        onClick={onSearch}
        aria-label={words.shell.search}
        className={buttonClass('quiet', 'normal', 'px-2! md:w-64 md:justify-start md:border-line! md:bg-surface! md:px-3!')}
      >
        <Search aria-hidden className="size-4" />
        <span className="hidden flex-1 text-left text-ink-faint md:inline">{words.shell.search}</span>
        <kbd className="hidden font-sans text-12 text-ink-faint md:inline">{spellKeys('mod+k').join(' ')}</kbd>
      </button>
      <div className="ml-auto flex items-center gap-1 md:gap-2">
        {rights.has('job:read') && <RunningChip app={app} />}
        {rights.has('billing:read') && <CreditsChip />}
        <AccountMenu app={app} me={me} onKeys={onKeys} onSignOut={onSignOut} />
      </div>
    </header>
  );
}

/** Each app has a page of its own for them: the studio's shows where they went, the administration's where more come from. */
function CreditsChip() {
  const { Link } = useAppRouter();
  const { data } = useQuery(balanceQuery);
  const low = data?.low ?? false;
  const held = data && compareCredits(data.held, '0') > 0 ? data.held : null;
  const label = data ? words.shell.credits(creditsWithUnit(data.available), held && creditsWithUnit(held), low) : words.shell.creditsUnknown;
  const Icon = low ? TriangleAlert : Coins;
  return (
    <Link to="/credits" aria-label={label} className={buttonClass('quiet', 'normal', 'num px-2.5! text-ink!')}>
      <Icon aria-hidden className={clsx('size-4', low ? 'text-warn' : 'text-ink-faint')} />
      {data ? formatCredits(data.available) : <Skeleton className="h-4 w-10" />}
      <span className="hidden text-ink-soft md:inline">{words.shell.creditsUnit}</span>
      {held && <span className="hidden text-ink-faint sm:inline">{words.shell.heldPart(formatCredits(held))}</span>}
    </Link>
  );
}

/** Covers a stream of news that broke unnoticed. */
const WATCH_MS = 15_000;

function RunningChip({ app }: { app: 'studio' | 'admin' }) {
  const { Link } = useAppRouter();
  const { data } = useQuery({ ...runningJobsQuery, refetchInterval: (query) => (query.state.data?.data.length ? WATCH_MS : false) });
  const count = data?.data.length ?? 0;
  const props = { 'aria-label': words.shell.running(count), className: buttonClass('quiet', 'normal', clsx('num px-2.5!', count > 0 && 'text-ink!')) };
  const content = (
    <>
      <LoaderCircle aria-hidden className={clsx('size-4', count > 0 ? 'animate-spin' : 'text-ink-faint')} />
      {count}
      <span className="hidden text-ink-soft md:inline">{words.shell.runningUnit}</span>
    </>
  );
  // Jobs are in the studio; from the other app that is another page.
  return app === 'studio' ? (
    <Link to="/jobs" {...props}>
      {content}
    </Link>
  ) : (
    <a href="/jobs" {...props}>
      {content}
    </a>
  );
}
