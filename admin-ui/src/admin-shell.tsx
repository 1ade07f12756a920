import { AppRouterProvider, type LinkProps, meQuery, Shell, useWorkspaceNews } from '@atelier/ui-kit';
import { postAuthLogout } from '@atelier/ui-kit/client';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { pagesFor } from './pages.js';

const RouterLink = ({ to, ...rest }: LinkProps) => <Link to={to as '/'} activeOptions={{ exact: true, includeSearch: false }} {...rest} />;

async function signOut(): Promise<void> {
  await postAuthLogout().catch(() => undefined);
  location.assign('/sign-in');
}

export function AdminShell() {
  const { data: me } = useSuspenseQuery(meQuery);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  useWorkspaceNews(me.permissions.includes('job:read'));
  const router = useMemo(() => ({ Link: RouterLink, go: (to: string) => void navigate({ to: to as '/' }), pathname }), [navigate, pathname]);
  return (
    <AppRouterProvider value={router}>
      <Shell app="admin" me={me} pages={pagesFor(me)} actions={[]} onSignOut={() => void signOut()}>
        <Outlet />
      </Shell>
    </AppRouterProvider>
  );
}
