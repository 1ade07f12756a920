import { type Action, AppRouterProvider, type LinkProps, meQuery, type Page, Shell, studioWords, useWorkspaceNews } from '@atelier/ui-kit';
import { postAuthLogout } from '@atelier/ui-kit/client';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Boxes, Coins, Images, KeyRound, ListChecks, Paintbrush, UserRound } from 'lucide-react';
import { useMemo } from 'react';

const w = studioWords;
const PAGES: readonly (Page & { right?: string })[] = [
  { to: '/', label: w.pages.create, icon: Paintbrush, keys: 'g c', keywords: 'generate make prompt txt2img home' },
  { to: '/gallery', label: w.pages.gallery, icon: Images, keys: 'g g', right: 'asset:read', keywords: 'pictures assets images upload' },
  { to: '/jobs', label: w.pages.jobs, icon: ListChecks, keys: 'g j', right: 'job:read', keywords: 'queue progress running' },
  { to: '/models', label: w.pages.models, icon: Boxes, keys: 'g o', right: 'model:read', keywords: 'checkpoint lora import weights licence' },
  {
    to: '/credits',
    label: w.pages.credits,
    icon: Coins,
    keys: 'g m',
    right: 'billing:read',
    heading: w.pages.settings,
    keywords: 'money balance billing ledger plan',
  },
  { to: '/keys', label: w.pages.keys, icon: KeyRound, keys: 'g k', right: 'key:read', keywords: 'token developer' },
  { to: '/account', label: w.pages.account, icon: UserRound, keys: 'g a', keywords: 'sessions profile password' },
];

const RouterLink = ({ to, ...rest }: LinkProps) => <Link to={to as '/'} activeOptions={{ exact: true, includeSearch: false }} {...rest} />;

export function StudioShell() {
  const { data: me } = useSuspenseQuery(meQuery);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { pathname } = useLocation();
  useWorkspaceNews(me.permissions.includes('job:read'));
  const signOut = async (): Promise<void> => {
    await postAuthLogout().catch(() => undefined);
    queries.clear();
    await navigate({ to: '/sign-in', search: {} });
  };
  const pages = PAGES.filter(({ right }) => !right || (me.permissions as string[]).includes(right));
  const actions: Action[] = Object.entries(w.create.operations).map(([op, label]) => ({
    id: op,
    label: `${w.pages.create}: ${label}`,
    run: () => void navigate({ to: '/', search: { op: op as 'txt2img' } }),
  }));
  const router = useMemo(() => ({ Link: RouterLink, go: (to: string) => void navigate({ to: to as '/', search: {} }), pathname }), [navigate, pathname]);
  return (
    <AppRouterProvider value={router}>
      <Shell app="studio" me={me} pages={pages} actions={actions} onSignOut={() => void signOut()}>
        <Outlet />
      </Shell>
    </AppRouterProvider>
  );
}
