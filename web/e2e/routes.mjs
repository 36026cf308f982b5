/** Every route of the app, by a short name: those before signing in, and those of an organization. */

/** What anybody may open. */
export const DOORWAYS = {
  landing: '/',
  pricing: '/pricing',
  scanner: '/scanner',
  'check-a-proof': '/verify',
  login: '/login',
  signup: '/signup',
  'forgot-password': '/forgot-password',
  'reset-password': '/reset-password',
  'verify-email': '/verify-email',
  invitation: '/invitations/accept',
  'no-public-page': '/transparency/nobody-shows-this',
  missing: '/nothing/is/here',
};

/** What a signed-in person may open in their organization; `empty` ones are there without data. */
export async function screensOf(page, base) {
  const api = async (path) => (await page.request.get(`${base}/api/v1${path}`)).json();
  const org = (await api('/me')).organization.tenant_key;
  const first = async (path) => (await api(path)).items?.[0];
  const asset = await first('/assets');
  const runs = (await api('/scans')).items;
  const run = await first('/scans?kind=on_demand');
  const exposure = (await first('/exposures?state=fixed')) ?? (await first('/exposures'));
  const report = await first('/reports');
  const shown = await api('/ledger/transparency');
  const at = `/o/${org}`;
  return {
    start: `${at}/start`,
    changes: `${at}/changes`,
    exposures: `${at}/exposures?filter=state:open,unresponsive,fixed`,
    'exposures-grouped': `${at}/exposures?all=yes&group=check`,
    ...(exposure && { exposure: `${at}/exposures/${exposure.key}` }),
    fixes: `${at}/fixes`,
    assets: `${at}/assets`,
    'assets-tree': `${at}/assets?as=tree`,
    ...(asset && { asset: `${at}/assets/${asset.id}`, verify: `${at}/assets/${asset.id}/verify` }),
    imports: `${at}/imports`,
    scans: `${at}/scans`,
    'new-scan': `${at}/scans/new`,
    ...(run && { run: `${at}/scans/${run.id}` }),
    trends: `${at}/trends`,
    'trends-table': `${at}/trends?range=7d&as=table`,
    ...(runs[1] && { compare: `${at}/scans/${runs[1].id}/compare/${runs[0].id}` }),
    graph: `${at}/graph`,
    ...(asset && { 'graph-table': `${at}/graph?from=asset:${asset.id}&as=table` }),
    reports: `${at}/reports`,
    ...(report && { report: `${at}/reports/${report.id}` }),
    team: `${at}/team`,
    invitations: `${at}/team?tab=invitations`,
    teams: `${at}/team?tab=teams`,
    roles: `${at}/team?tab=roles`,
    organizations: `${at}/team?tab=organizations`,
    why: `${at}/team?tab=why`,
    audit: `${at}/audit`,
    notifications: `${at}/settings/notifications`,
    deadlines: `${at}/settings/deadlines`,
    'scan-windows': `${at}/settings/scan-windows`,
    branding: `${at}/settings/branding`,
    transparency: `${at}/settings/transparency`,
    ...(shown.enabled && { 'public-page': `/transparency/${shown.name}` }),
    pools: `${at}/settings/pools`,
    integrations: `${at}/settings/integrations`,
    'api-keys': `${at}/settings/api-keys`,
    'single-sign-on': `${at}/settings/single-sign-on`,
    billing: `${at}/settings/billing`,
    profile: '/me',
    device: '/device',
    ...PLATFORM,
  };
}

/** What only the platform's staff are shown anything on. */
export const PLATFORM = {
  platform: '/platform',
  queue: '/platform?tab=queue',
  'stuck-runs': '/platform?tab=stuck',
  'dead-letters': '/platform?tab=letters',
};

/** Opens a path and waits until nothing on it is being read any more. */
export async function settle(page, url) {
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await isRead(page);
}

/** Waits until nothing on the page is being read any more; what is says so. */
export async function isRead(page) {
  await page.waitForFunction(
    () =>
      ![...document.querySelectorAll('[role=status]')].some((at) =>
        /^Reading /.test(at.textContent),
      ),
  );
  await page.evaluate(() => document.fonts.ready);
}
