import { csrfToken, meQuery, toProblem } from '@atelier/ui-kit';
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { AdminShell } from './admin-shell.js';
import { firstPage } from './pages.js';
import { type Group, GROUPS, NARROWED_BY, type Narrowed } from './usage/asking.js';
import { NothingHere, PageFault, PageMissing, PagePending } from './page-states.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined => options.find((option) => option === value);
const marked = (value: unknown): 1 | undefined => (value === 1 ? 1 : undefined);
const day = (value: unknown): string | undefined => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined);

interface UsageSearch extends Narrowed {
  from?: string;
  to?: string;
  by?: Group;
  zone?: string;
}
/** As the payment service sends people back. */
interface PlanSearch {
  subscribed?: 1;
  canceled?: 1;
}
interface CreditsSearch {
  purchase?: string;
  canceled?: 1;
}
interface ExportsSearch {
  from?: string;
  to?: string;
  zone?: string;
  /** The form is open. */
  make?: true;
}
interface AuditSearch {
  action?: string;
}
interface FleetSearch {
  view?: 'lanes' | 'pools';
}
export const MARGIN_GROUPS = ['tenant', 'model', 'operation', 'class', 'job'] as const;
interface CostSearch {
  from?: string;
  to?: string;
  by?: (typeof MARGIN_GROUPS)[number];
  split?: 'class';
}
interface PricesSearch {
  simulation?: string;
}
interface TenantsSearch {
  q?: string;
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: AdminShell,
  notFoundComponent: PageMissing,
  // Signing in happens in the studio; the session is the same for both.
  beforeLoad: async ({ context, location }) => {
    try {
      if (csrfToken()) return void (await context.queries.ensureQueryData(meQuery));
    } catch (error) {
      if (toProblem(error).status !== 401) throw error;
    }
    window.location.assign(`/sign-in?${new URLSearchParams({ next: `/admin${location.href}` })}`);
    // The page is on its way out; nothing of this app is to be shown meanwhile.
    await new Promise(() => undefined);
  },
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: NothingHere,
  beforeLoad: async ({ context }) => {
    const page = firstPage(await context.queries.ensureQueryData(meQuery));
    if (page) throw redirect({ to: page, replace: true });
  },
});
const usage = createRoute({
  getParentRoute: () => root,
  path: '/usage',
  validateSearch: (search): UsageSearch => ({
    ...{ from: day(search.from), to: day(search.to), by: oneOf(search.by, GROUPS), zone: text(search.zone) },
    ...Object.fromEntries(NARROWED_BY.map((dimension) => [dimension, text(search[dimension])])),
  }),
  component: lazyRouteComponent(() => import('./usage/usage-page.js')),
});
const exports = createRoute({
  getParentRoute: () => root,
  path: '/exports',
  validateSearch: (search): ExportsSearch => ({
    ...{ from: day(search.from), to: day(search.to), zone: text(search.zone) },
    ...(search.make === true && { make: true }),
  }),
  component: lazyRouteComponent(() => import('./exports/exports-page.js')),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (search): AuditSearch => ({ action: text(search.action) }),
  component: lazyRouteComponent(() => import('./people/audit-page.js')),
});
const budgets = createRoute({ getParentRoute: () => root, path: '/budgets', component: lazyRouteComponent(() => import('./budgets/budgets-page.js')) });
const plan = createRoute({
  getParentRoute: () => root,
  path: '/plan',
  validateSearch: (search): PlanSearch => ({ subscribed: marked(search.subscribed), canceled: marked(search.canceled) }),
  component: lazyRouteComponent(() => import('./plan/plan-page.js')),
});
const credits = createRoute({
  getParentRoute: () => root,
  path: '/credits',
  validateSearch: (search): CreditsSearch => ({ purchase: text(search.purchase), canceled: marked(search.canceled) }),
  component: lazyRouteComponent(() => import('./credits/credits-page.js')),
});
const invoices = createRoute({ getParentRoute: () => root, path: '/invoices', component: lazyRouteComponent(() => import('./invoices/invoices-page.js')) });
const members = createRoute({ getParentRoute: () => root, path: '/members', component: lazyRouteComponent(() => import('./people/members-page.js')) });
const fleet = createRoute({
  getParentRoute: () => root,
  path: '/fleet',
  validateSearch: (search): FleetSearch => ({ view: oneOf(search.view, ['lanes', 'pools']) }),
  component: lazyRouteComponent(() => import('./fleet/fleet-page.js')),
});
const tenants = createRoute({
  getParentRoute: () => root,
  path: '/tenants',
  validateSearch: (search): TenantsSearch => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import('./operator/tenants-page.js')),
});
const cost = createRoute({
  getParentRoute: () => root,
  path: '/cost',
  validateSearch: (search): CostSearch => ({
    from: day(search.from),
    to: day(search.to),
    by: oneOf(search.by, MARGIN_GROUPS),
    split: oneOf(search.split, ['class']),
  }),
  component: lazyRouteComponent(() => import('./operator/cost-page.js')),
});
const prices = createRoute({
  getParentRoute: () => root,
  path: '/prices',
  validateSearch: (search): PricesSearch => ({ simulation: text(search.simulation) }),
  component: lazyRouteComponent(() => import('./operator/prices-page.js')),
});
const rates = createRoute({ getParentRoute: () => root, path: '/rates', component: lazyRouteComponent(() => import('./operator/rates-page.js')) });
const reconciliation = createRoute({
  getParentRoute: () => root,
  path: '/reconciliation',
  component: lazyRouteComponent(() => import('./operator/reconciliation-page.js')),
});
const mail = createRoute({ getParentRoute: () => root, path: '/mail', component: lazyRouteComponent(() => import('./operator/mail-page.js')) });

const content = createRoute({ getParentRoute: () => root, path: '/content', component: lazyRouteComponent(() => import('./content/content-page.js')) });
const webhooks = createRoute({ getParentRoute: () => root, path: '/webhooks', component: lazyRouteComponent(() => import('./webhooks/webhooks-page.js')) });
const models = createRoute({ getParentRoute: () => root, path: '/models', component: lazyRouteComponent(() => import('./models/models-page.js')) });

const routeTree = root.addChildren([
  home,
  usage,
  exports,
  budgets,
  plan,
  credits,
  invoices,
  audit,
  members,
  content,
  webhooks,
  fleet,
  models,
  tenants,
  cost,
  prices,
  rates,
  reconciliation,
  mail,
]);

export function createAdminRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    basepath: '/admin',
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: PageFault,
    defaultPendingComponent: PagePending,
    defaultPendingMs: 300,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAdminRouter>;
  }
}
