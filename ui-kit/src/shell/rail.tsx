import { clsx } from 'clsx';
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { Tooltip } from '../components/tooltip.js';
import { useStored } from '../stored.js';
import { words } from '../strings.js';
import { useAppRouter } from './link.js';
import { Mark } from './mark.js';
import { isOn, type Page } from './shell.js';

const LINK = 'flex h-9 items-center gap-3 rounded-house px-2.5 text-14 whitespace-nowrap';
const look = (on: boolean): string => (on ? 'bg-hover font-semibold text-ink' : 'text-ink-soft hover:bg-hover/60 hover:text-ink');

/** The left rail from tablet up: icons with words, or icons alone when folded. */
export function Rail({ app, pages }: { app: 'studio' | 'admin'; pages: readonly Page[] }) {
  const [folded, setFolded] = useStored('rail-folded', typeof innerWidth === 'number' && innerWidth < 1200);
  const { Link } = useAppRouter();
  const Fold = folded ? PanelLeftOpen : PanelLeftClose;
  return (
    <aside className={clsx('sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-line bg-sunk md:flex', folded ? 'w-15' : 'w-54')}>
      <Link to="/" className="flex h-14 items-center gap-2.5 px-4" aria-label={`${words.app.name} ${words.app[app]}`}>
        <Mark />
        {!folded && (
          <span className="text-16 font-semibold tracking-tight">
            {words.app.name} {app === 'admin' && <span className="font-normal text-ink-faint">{words.app.admin}</span>}
          </span>
        )}
      </Link>
      <RailLinks pages={pages} folded={folded} label={words.shell.navigation} className="flex-1 overflow-y-auto px-2.5 py-2" />
      <button
        type="button"
        onClick={() => setFolded(!folded)}
        aria-expanded={!folded}
        className={clsx(LINK, look(false), 'm-2.5')}
        aria-label={folded ? words.shell.expand : undefined}
      >
        <Fold aria-hidden className="size-4.5 shrink-0" />
        {!folded && words.shell.collapse}
      </button>
    </aside>
  );
}

interface RailLinksProps {
  pages: readonly Page[];
  label: string;
  folded?: boolean;
  className?: string;
  onGo?: () => void;
}

export function RailLinks({ pages, label, folded = false, className, onGo }: RailLinksProps) {
  return (
    <nav aria-label={label} className={className}>
      <ul className="flex flex-col gap-0.5">
        {pages.map((page) => (
          <li key={page.to}>
            {page.heading && (folded ? <hr className="mx-2 my-2 border-line" /> : <p className="px-2.5 pt-4 pb-1 text-12 text-ink-faint">{page.heading}</p>)}
            <RailLink page={page} folded={folded} onGo={onGo} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function RailLink({ page, folded, onGo }: { page: Page; folded: boolean; onGo?: () => void }) {
  const { Link, pathname } = useAppRouter();
  const on = isOn(page, pathname);
  const link = (
    <Link to={page.to} onClick={onGo} aria-current={on ? 'page' : undefined} aria-label={folded ? page.label : undefined} className={clsx(LINK, look(on))}>
      <page.icon aria-hidden className="size-4.5 shrink-0" />
      {!folded && page.label}
    </Link>
  );
  if (!folded) return link;
  return (
    <Tooltip text={page.label} side="right">
      <span className="block">{link}</span>
    </Tooltip>
  );
}
