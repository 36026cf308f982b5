/** Every screen in light and dark, as the README shows them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DOORWAYS, isRead, PLATFORM, screensOf, settle } from './routes.mjs';

const THEMES = ['light', 'dark'];
/** Small enough that each picture stays below 150 kB. */
const SIZE = { width: 1080, height: 640 };

/** All screens of the signed-in organization, its dialogs, and what a stranger may open. */
export async function shoot(page, stranger, base, folder) {
  const screens = await screensOf(page, base);
  // Whoever is no staff sees only that these are not for them.
  for (const name of Object.keys(PLATFORM)) delete screens[name];
  await shootOnly(stranger, base, folder, DOORWAYS);
  await shootOnly(page, base, folder, screens);
  if (screens.run) await shootRerun(page, base, folder, screens.run);
  await shootJoined(page, base, folder, screens.integrations);
  await shootForSale(page, base, folder, screens.billing);
}

/** These screens, as whoever is signed in sees them. */
export async function shootOnly(page, base, folder, screens) {
  await inThemes(page, base, folder, async (picture) => {
    for (const [name, path] of Object.entries(screens)) {
      await settle(page, `${base}${path}`);
      await picture(name);
    }
  });
}

/** The dialog of a run that brought less than it should: a healthy fleet has none, so it is told. */
async function shootRerun(page, base, folder, path) {
  const run = /\/api\/v1\/scans\/[^/?]+$/;
  const again = /\/api\/v1\/scans\/[^/]+\/rerun$/;
  await page.route(run, async (route) => {
    const told = await (await route.fetch()).json();
    const jobs = { ...told.jobs, total: 4, done: 4, failed: 1 };
    await route.fulfill({ json: { ...told, state: 'partial', jobs } });
  });
  const plan = { hosts: 64, jobs: 1, cells: 640, refused: [] };
  await page.route(again, (route) => route.fulfill({ json: plan }));
  await inThemes(page, base, folder, async (picture) => {
    await settle(page, `${base}${path}`);
    await page.getByRole('button', { name: 'Re-run failed parts…' }).click();
    await page.getByRole('dialog', { name: 'Re-run failed parts' }).waitFor();
    await isRead(page);
    await picture('rerun');
  });
  await page.unroute(run);
  await page.unroute(again);
}

/** A webhook and two trackers: they are outside, and a fleet for pictures talks to nobody there. */
async function shootJoined(page, base, folder, path) {
  const joined = /\/api\/v1\/integrations(\?.*)?$/;
  const one = (nth, kind, name, origin, project) => ({
    id: `int_${nth}`,
    kind,
    name,
    origin,
    min_severity: 'high',
    events: [],
    asset_ids: [],
    enabled: true,
    tracker: project ? { project, labels: ['security'] } : null,
    failing: '',
    disabled_reason: '',
    failures: 0,
    last_sent_at: new Date(Date.now() - nth * 3_600_000).toISOString(),
    last_failed_at: null,
    old_secret_until: null,
    created_at: '2026-11-01T08:00:00Z',
  });
  const items = [
    one(1, 'webhook', 'desk', 'https://hooks.example.com'),
    one(2, 'github', 'web team', 'https://api.github.com', 'example/web'),
    one(3, 'jira', 'security', 'https://example.atlassian.net', 'SEC'),
  ];
  await page.route(joined, (route) => route.fulfill({ json: { items, next_cursor: null } }));
  await shootOnly(page, base, folder, { trackers: path });
  await page.unroute(joined);
}

/** Billing where plans are sold: on one machine nothing is, and everybody has the largest plan. */
async function shootForSale(page, base, folder, path) {
  const billing = /\/api\/v1\/billing$/;
  const [included, next_plan] = (await (await page.request.get(`${base}/api/v1/plans`)).json())
    .items;
  const free = { plan: 'free', included, next_plan, sells: true, next_steps: ['choose_plan'] };
  await page.route(billing, async (route) => {
    const told = await (await route.fetch()).json();
    await route.fulfill({ json: { ...told, ...free } });
  });
  await shootOnly(page, base, folder, { 'billing-for-sale': path });
  await page.unroute(billing);
}

/** Does it in each theme, with what takes a picture by its name. */
async function inThemes(page, base, folder, act) {
  await mkdir(folder, { recursive: true });
  await page.setViewportSize(SIZE);
  // Storage belongs to an address: a new page has none yet.
  if (!page.url().startsWith(base)) await page.goto(`${base}/`);
  for (const theme of THEMES) {
    await page.evaluate((chosen) => localStorage.setItem('watchtower.theme', chosen), theme);
    await act((name) =>
      page.screenshot({ path: join(folder, `${name}-${theme}.png`), animations: 'disabled' }),
    );
  }
  await page.evaluate(() => localStorage.removeItem('watchtower.theme'));
}
