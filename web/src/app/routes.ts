/** The one table of screens: path, state in the address, and the file that draws it. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { asProblem } from '@/api/problem';
import type { Live } from '@/live/connection';
import * as search from '@/search/screens';
import { parseSearch, stringifySearch } from '@/search/url-search';
import { Broken, Missing, NoRoute, Pending, Root } from './frame';
import { enterOrganization, meQuery } from './session';

/** What every route may use before it is shown. */
export interface RouterContext {
  cache: QueryClient;
  live: Live;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Root,
  notFoundComponent: NoRoute,
});

const landing = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('@/screens/landing'), 'Landing'),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/signup',
  component: lazyRouteComponent(() => import('@/screens/sign-up'), 'SignUp'),
});
const logIn = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: search.loginSearch,
  component: lazyRouteComponent(() => import('@/screens/log-in'), 'LogIn'),
});

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('@/screens/forgot-password'), 'ForgotPassword'),
});
const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('@/screens/reset-password'), 'ResetPassword'),
});
const verifyEmail = createRoute({
  getParentRoute: () => root,
  path: '/verify-email',
  component: lazyRouteComponent(() => import('@/screens/verify-email'), 'VerifyEmail'),
});
const pricing = createRoute({
  getParentRoute: () => root,
  path: '/pricing',
  component: lazyRouteComponent(() => import('@/screens/pricing'), 'Pricing'),
});
const scanner = createRoute({
  getParentRoute: () => root,
  path: '/scanner',
  component: lazyRouteComponent(() => import('@/screens/scanner'), 'Scanner'),
});
const verifyProof = createRoute({
  getParentRoute: () => root,
  path: '/verify',
  component: lazyRouteComponent(() => import('@/screens/verify-proof'), 'VerifyProof'),
});
const publicPage = createRoute({
  getParentRoute: () => root,
  path: '/transparency/$name',
  component: lazyRouteComponent(() => import('@/screens/transparency/public-page'), 'PublicPage'),
});

const invited = createRoute({
  getParentRoute: () => root,
  path: '/invitations/accept',
  validateSearch: search.invitedSearch,
  component: lazyRouteComponent(() => import('@/screens/accept-invitation'), 'AcceptInvitation'),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'in',
  beforeLoad: async ({ context, location }) => {
    try {
      return { me: await context.cache.ensureQueryData(meQuery()) };
    } catch (error) {
      if (asProblem(error).status !== 401) throw error;
      throw redirect({ to: '/login', search: { return_to: search.sitePath(location.href) } });
    }
  },
  component: lazyRouteComponent(() => import('./shell'), 'Shell'),
});
const app = createRoute({
  getParentRoute: () => signedIn,
  path: '/app',
  beforeLoad: ({ context }) => {
    throw redirect({ to: '/o/$org/changes', params: { org: context.me.organization.tenant_key } });
  },
});
const me = createRoute({
  getParentRoute: () => signedIn,
  path: '/me',
  component: lazyRouteComponent(() => import('@/screens/profile/profile'), 'Profile'),
});
const device = createRoute({
  getParentRoute: () => signedIn,
  path: '/device',
  validateSearch: search.deviceSearch,
  component: lazyRouteComponent(() => import('@/screens/device'), 'Device'),
});

const platform = createRoute({
  getParentRoute: () => signedIn,
  path: '/platform',
  validateSearch: search.platformSearch,
  component: lazyRouteComponent(() => import('@/screens/platform/platform'), 'Platform'),
});

const org = createRoute({
  getParentRoute: () => signedIn,
  path: '/o/$org',
  beforeLoad: async ({ context, params, preload }) => {
    if (preload || context.me.organization.tenant_key === params.org) return;
    if (!context.me.organizations.some((each) => each.tenant_key === params.org)) throw notFound();
    await enterOrganization(context.cache, context.live, params.org);
  },
});
const orgIndex = createRoute({
  getParentRoute: () => org,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/o/$org/changes', params });
  },
});
const start = createRoute({
  getParentRoute: () => org,
  path: '/start',
  component: lazyRouteComponent(() => import('@/screens/start'), 'Start'),
});
const changes = createRoute({
  getParentRoute: () => org,
  path: '/changes',
  validateSearch: search.changesSearch,
  component: lazyRouteComponent(() => import('@/screens/changes/changes'), 'Changes'),
});
const exposures = createRoute({
  getParentRoute: () => org,
  path: '/exposures',
  validateSearch: search.exposuresSearch,
  component: lazyRouteComponent(() => import('@/screens/exposures'), 'Exposures'),
});
const exposure = createRoute({
  getParentRoute: () => org,
  path: '/exposures/$key',
  validateSearch: search.exposureSearch,
  component: lazyRouteComponent(() => import('@/screens/exposure/exposure'), 'Exposure'),
});
const fixes = createRoute({
  getParentRoute: () => org,
  path: '/fixes',
  component: lazyRouteComponent(() => import('@/screens/fixes/fixes'), 'Fixes'),
});
const assets = createRoute({
  getParentRoute: () => org,
  path: '/assets',
  validateSearch: search.assetsSearch,
  component: lazyRouteComponent(() => import('@/screens/assets/assets'), 'Assets'),
});
const asset = createRoute({
  getParentRoute: () => org,
  path: '/assets/$id',
  component: lazyRouteComponent(() => import('@/screens/assets/asset'), 'AssetScreen'),
});
const verify = createRoute({
  getParentRoute: () => org,
  path: '/assets/$id/verify',
  validateSearch: search.verifySearch,
  component: lazyRouteComponent(() => import('@/screens/assets/verify'), 'Verify'),
});
const scans = createRoute({
  getParentRoute: () => org,
  path: '/scans',
  validateSearch: search.scansSearch,
  component: lazyRouteComponent(() => import('@/screens/scans/scans'), 'Scans'),
});
const newScan = createRoute({
  getParentRoute: () => org,
  path: '/scans/new',
  validateSearch: search.newScanSearch,
  component: lazyRouteComponent(() => import('@/screens/scans/new-scan'), 'NewScan'),
});
const imports = createRoute({
  getParentRoute: () => org,
  path: '/imports',
  component: lazyRouteComponent(() => import('@/screens/imports/imports'), 'Imports'),
});
const run = createRoute({
  getParentRoute: () => org,
  path: '/scans/$run',
  component: lazyRouteComponent(() => import('@/screens/run/run'), 'RunScreen'),
});
const compare = createRoute({
  getParentRoute: () => org,
  path: '/scans/$run/compare/$with',
  component: lazyRouteComponent(() => import('@/screens/compare/compare'), 'Compare'),
});
const trends = createRoute({
  getParentRoute: () => org,
  path: '/trends',
  validateSearch: search.trendsSearch,
  component: lazyRouteComponent(() => import('@/screens/trends/trends'), 'Trends'),
});
const graph = createRoute({
  getParentRoute: () => org,
  path: '/graph',
  validateSearch: search.graphSearch,
  component: lazyRouteComponent(() => import('@/screens/graph/graph'), 'GraphScreen'),
});
const reports = createRoute({
  getParentRoute: () => org,
  path: '/reports',
  validateSearch: search.reportsSearch,
  component: lazyRouteComponent(() => import('@/screens/reports/reports'), 'Reports'),
});
const report = createRoute({
  getParentRoute: () => org,
  path: '/reports/$id',
  component: lazyRouteComponent(() => import('@/screens/reports/report'), 'ReportScreen'),
});
const team = createRoute({
  getParentRoute: () => org,
  path: '/team',
  validateSearch: search.teamSearch,
  component: lazyRouteComponent(() => import('@/screens/team/team'), 'Team'),
});
const audit = createRoute({
  getParentRoute: () => org,
  path: '/audit',
  validateSearch: search.auditSearch,
  component: lazyRouteComponent(() => import('@/screens/audit'), 'Audit'),
});
const notifications = createRoute({
  getParentRoute: () => org,
  path: '/settings/notifications',
  component: lazyRouteComponent(
    () => import('@/screens/notifications/notifications'),
    'Notifications',
  ),
});
const deadlines = createRoute({
  getParentRoute: () => org,
  path: '/settings/deadlines',
  component: lazyRouteComponent(() => import('@/screens/deadlines/deadlines'), 'Deadlines'),
});
const scanWindows = createRoute({
  getParentRoute: () => org,
  path: '/settings/scan-windows',
  component: lazyRouteComponent(() => import('@/screens/scan-windows/scan-windows'), 'ScanWindows'),
});
const branding = createRoute({
  getParentRoute: () => org,
  path: '/settings/branding',
  component: lazyRouteComponent(() => import('@/screens/branding/branding'), 'Branding'),
});
const transparency = createRoute({
  getParentRoute: () => org,
  path: '/settings/transparency',
  component: lazyRouteComponent(() => import('@/screens/transparency/settings'), 'Transparency'),
});
const pools = createRoute({
  getParentRoute: () => org,
  path: '/settings/pools',
  component: lazyRouteComponent(() => import('@/screens/pools/pools'), 'Pools'),
});
const integrations = createRoute({
  getParentRoute: () => org,
  path: '/settings/integrations',
  component: lazyRouteComponent(
    () => import('@/screens/integrations/integrations'),
    'Integrations',
  ),
});

const apiKeys = createRoute({
  getParentRoute: () => org,
  path: '/settings/api-keys',
  component: lazyRouteComponent(() => import('@/screens/api-keys'), 'ApiKeys'),
});

const singleSignOn = createRoute({
  getParentRoute: () => org,
  path: '/settings/single-sign-on',
  component: lazyRouteComponent(
    () => import('@/screens/single-sign-on/single-sign-on'),
    'SingleSignOn',
  ),
});
const billing = createRoute({
  getParentRoute: () => org,
  path: '/settings/billing',
  component: lazyRouteComponent(() => import('@/screens/billing'), 'Billing'),
});

const orgScreens = [
  orgIndex,
  start,
  changes,
  exposures,
  exposure,
  fixes,
  assets,
  asset,
  verify,
  scans,
  newScan,
  imports,
  run,
  compare,
  trends,
  graph,
  reports,
  report,
  team,
  audit,
  notifications,
  deadlines,
  scanWindows,
  branding,
  transparency,
  pools,
  integrations,
  apiKeys,
  singleSignOn,
  billing,
] as const;
const tree = root.addChildren([
  landing,
  signUp,
  logIn,
  forgotPassword,
  resetPassword,
  verifyEmail,
  pricing,
  scanner,
  verifyProof,
  publicPage,
  invited,
  signedIn.addChildren([app, me, device, platform, org.addChildren(orgScreens)]),
]);

/** The router over the table; `history` only where there is no address bar. */
export function makeRouter(context: RouterContext, history?: RouterHistory) {
  return createRouter({
    routeTree: tree,
    context,
    ...(history && { history }),
    parseSearch,
    stringifySearch,
    // Only what a screen understands stays in the address.
    search: { strict: true },
    scrollRestoration: true,
    defaultPendingMs: 300,
    defaultPendingComponent: Pending,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: Missing,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
