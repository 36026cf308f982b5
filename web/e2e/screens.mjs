/** Every screen in light and dark, as the README shows them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const THEMES = ['light', 'dark'];

/** Screenshots of all screens of the signed-in organization. */
export async function shoot(page, base, folder) {
  await mkdir(folder, { recursive: true });
  const api = async (path) => (await page.request.get(`${base}/api/v1${path}`)).json();
  const org = (await api('/me')).organization.tenant_key;
  const [asset] = (await api('/assets')).items;
  const runs = (await api('/scans?kind=on_demand')).items;
  const [fixed] = (await api('/exposures?state=fixed')).items;
  const [report] = (await api('/reports')).items;
  const at = `/o/${org}`;
  const screens = {
    landing: '/',
    start: `${at}/start`,
    changes: `${at}/changes`,
    exposures: `${at}/exposures`,
    exposure: `${at}/exposures/${fixed?.key}`,
    fixes: `${at}/fixes`,
    assets: `${at}/assets`,
    asset: `${at}/assets/${asset?.id}`,
    'new-scan': `${at}/scans/new`,
    run: `${at}/scans/${runs[0]?.id}`,
    scans: `${at}/scans`,
    report: `${at}/reports/${report?.id}`,
    notifications: `${at}/settings/notifications`,
    profile: '/me',
  };
  for (const theme of THEMES) {
    await page.evaluate((chosen) => localStorage.setItem('watchtower.theme', chosen), theme);
    for (const [name, path] of Object.entries(screens)) {
      await page.goto(`${base}${path}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      // What is still being read says so.
      await page
        .getByText(/^Reading /)
        .first()
        .waitFor({ state: 'detached' });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`), animations: 'disabled' });
    }
  }
}
