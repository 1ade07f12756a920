import { csrfToken, meQuery, toProblem } from '@atelier/ui-kit';
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { isOffered, type Offered } from './create/draft.js';
import { StudioShell } from './studio-shell.js';
import { PageFault, PageMissing, PagePending } from './page-states.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined => options.find((option) => option === value);

/** Only a path of this very site; anything else would let a link send people elsewhere after they signed in. */
export function ownPath(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined;
}

interface Next {
  next?: string;
}
/** `from`: a job or picture to open in the form; `image`: a picture to work on. */
interface CreateSearch {
  op?: Offered;
  image?: string;
  from?: string;
}
interface GallerySearch {
  source?: 'job' | 'upload';
  scope?: 'tenant';
  q?: string;
}
interface JobsSearch {
  state?: 'active' | 'succeeded' | 'failed' | 'canceled';
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ notFoundComponent: PageMissing });

const next = (search: Record<string, unknown>): Next => ({ next: ownPath(search.next) });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: next,
  component: lazyRouteComponent(() => import('./auth/sign-in-page.js')),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: next,
  component: lazyRouteComponent(() => import('./auth/sign-up-page.js')),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: StudioShell,
  beforeLoad: async ({ context, location }) => {
    const signIn = redirect({ to: '/sign-in', search: { next: location.href === '/' ? undefined : location.href } });
    // Without the cookie there is nothing to ask the server.
    if (!csrfToken()) throw signIn;
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      throw toProblem(error).status === 401 ? signIn : error;
    }
  },
});

const create = createRoute({
  getParentRoute: () => inside,
  path: '/',
  validateSearch: (search): CreateSearch => ({
    op: isOffered(search.op) ? search.op : undefined,
    image: text(search.image),
    from: text(search.from),
  }),
  component: lazyRouteComponent(() => import('./create/create-page.js')),
});
const gallery = createRoute({
  getParentRoute: () => inside,
  path: '/gallery',
  validateSearch: (search): GallerySearch => ({ source: oneOf(search.source, ['job', 'upload']), scope: oneOf(search.scope, ['tenant']), q: text(search.q) }),
  component: lazyRouteComponent(() => import('./gallery/gallery-page.js')),
});
const asset = createRoute({ getParentRoute: () => inside, path: '/assets/$assetId', component: lazyRouteComponent(() => import('./gallery/asset-page.js')) });
const edit = createRoute({
  getParentRoute: () => inside,
  path: '/edit/$assetId',
  component: lazyRouteComponent(() => import('./edit/edit-page.js')),
});
const jobs = createRoute({
  getParentRoute: () => inside,
  path: '/jobs',
  validateSearch: (search): JobsSearch => ({ state: oneOf(search.state, ['active', 'succeeded', 'failed', 'canceled']) }),
  component: lazyRouteComponent(() => import('./jobs/jobs-page.js')),
});
const job = createRoute({ getParentRoute: () => inside, path: '/jobs/$jobId', component: lazyRouteComponent(() => import('./jobs/job-page.js')) });
const models = createRoute({ getParentRoute: () => inside, path: '/models', component: lazyRouteComponent(() => import('./models/models-page.js')) });
const credits = createRoute({ getParentRoute: () => inside, path: '/credits', component: lazyRouteComponent(() => import('./account/credits-page.js')) });
const keys = createRoute({ getParentRoute: () => inside, path: '/keys', component: lazyRouteComponent(() => import('./account/keys-page.js')) });
const account = createRoute({ getParentRoute: () => inside, path: '/account', component: lazyRouteComponent(() => import('./account/account-page.js')) });

const routeTree = root.addChildren([signIn, signUp, inside.addChildren([create, gallery, asset, edit, jobs, job, models, credits, keys, account])]);

export function createStudioRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
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
    router: ReturnType<typeof createStudioRouter>;
  }
}
