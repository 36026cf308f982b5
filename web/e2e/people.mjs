/**
 * The people of an organization, each in a browser of their own, and two tabs of one of them: an
 * admin who invites, gives roles, looks at sign-on and billing; a viewer to whom nothing is shown
 * that would be refused; an auditor who exports the log and checks it; staff who look with
 * somebody's eyes.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `WT_BASE_URL` | the public URL, as `make up` prints it |
 * | `WT_E2E_FLEET` | folder of the fleet: its mail, and whose operator makes staff |
 * | `WT_E2E_SCREENS` | folder for screenshots of what staff see; none are taken when unset |
 * | `WT_CHROMIUM` | the browser (/usr/bin/chromium) |
 */
import { readFile } from 'node:fs/promises';
import { areAccessible, isAccessible } from './accessible.mjs';
import { app } from './authenticator.mjs';
import { open, step } from './browser.mjs';
import { fleet } from './fleet.mjs';
import { isRead, PLATFORM, screensOf, settle } from './routes.mjs';
import { shootOnly } from './screens.mjs';

const { WT_BASE_URL: base, WT_E2E_FLEET: folder, WT_E2E_SCREENS: screens } = process.env;
if (!base || !folder) {
  console.error(
    'WT_BASE_URL and WT_E2E_FLEET are needed: `make up` prints the one, target/dev is the other',
  );
  process.exit(64);
}
const PASSWORD = 'a sentence nobody guesses';
const address = (name) => `${name}-${Date.now()}@example.com`;
const VIEWER = address('vic');
const AUDITOR = address('aud');
const STAFF = address('sam');
/** What changes something, by the names it has on any screen. */
const CHANGING =
  /^(new scan|add assets|add an asset|verify|scan|scan it now|invite|new key|create|i am fixing|acknowledge|accept risk|false positive|assign|note|cancel|remove|deactivate|make owner|save|write a report|choose a plan|upgrade|add a|new team|new role|join something|turn (on|off)|re-run|create issue|send (a )?test|new pool|import$)/i;

const { buryMail, mailTo, makeStaff } = fleet(folder);
const { page: owner, visitor, tabBeside, close, complaints } = await open(base);
let last = owner;

const heading = (page, name) => page.getByRole('heading', { name, level: 1 }).waitFor();
const link = (page, name) =>
  page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name, exact: true });
const signsUp = async (page, name, email, organization) => {
  await page.goto(`${base}/signup`);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Organization').fill(organization);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await heading(page, 'Start');
};
const invites = async (email, role) => {
  await owner.getByRole('button', { name: 'Invite somebody…' }).click();
  const dialog = owner.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Role').selectOption(role);
  await dialog.getByRole('button', { name: 'Send the invitation' }).click();
  await owner.getByRole('table', { name: 'Open invitations' }).getByText(email).waitFor();
};
const joins = async (email, name) => {
  const mail = await mailTo(email, /invitations\/accept/);
  const page = await visitor();
  last = page;
  await page.goto(/https?:\/\/[^\s"<]*\/invitations\/accept[^\s"<]*/.exec(mail)[0]);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account and join' }).click();
  await heading(page, 'Changes');
  return page;
};
const saves = async (page, click) => {
  const download = page.waitForEvent('download');
  await click();
  const file = await download;
  return { name: file.suggestedFilename(), path: await file.path() };
};

try {
  let viewer;
  let auditor;
  let second;

  await step('an admin invites people by mail', async () => {
    await signsUp(owner, 'Olga Owner', address('olga'), 'People Ltd');
    await link(owner, 'Team').click();
    await owner.getByRole('link', { name: 'Invitations', exact: true }).click();
    await invites(VIEWER, 'viewer');
    await invites(AUDITOR, 'viewer');
    viewer = await joins(VIEWER, 'Vic Viewer');
    auditor = await joins(AUDITOR, 'Audrey Auditor');
  });

  await step('and gives them roles', async () => {
    last = owner;
    await owner.getByRole('link', { name: 'People', exact: true }).click();
    const changed = owner.waitForResponse((answer) => answer.request().method() === 'PATCH');
    await owner.getByLabel('Role of Audrey Auditor').selectOption('auditor');
    await changed;
    await owner.reload();
    await heading(owner, 'Team');
    await owner.getByLabel('Role of Audrey Auditor').waitFor();
    const role = await owner.getByLabel('Role of Audrey Auditor').inputValue();
    if (role !== 'auditor') throw new Error(`the role is ${role}`);
  });

  await step('sees why somebody may do something', async () => {
    await owner.getByRole('link', { name: 'Why may they?' }).click();
    await owner.getByRole('heading', { name: 'Team', level: 1 }).waitFor();
    await isRead(owner);
  });

  await step('looks at single sign-on and at billing', async () => {
    await link(owner, 'Single sign-on').click();
    await heading(owner, 'Single sign-on');
    await isRead(owner);
    await link(owner, 'Billing').click();
    await heading(owner, 'Billing');
    await owner.getByText('Used, over the whole tree').waitFor();
  });

  await step('finds everything by name, with the keyboard alone', async () => {
    await owner.keyboard.press('Control+k');
    await owner.getByRole('combobox').fill('aud');
    await owner.getByRole('option', { name: 'Audit' }).waitFor();
    await owner.keyboard.press('Enter');
    await heading(owner, 'Audit');
    await owner.keyboard.press('?');
    await owner.getByRole('dialog', { name: 'Keys' }).waitFor();
    await owner.keyboard.press('Escape');
    await owner.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    await owner.keyboard.press('g');
    await owner.keyboard.press('a');
    await heading(owner, 'Assets');
  });

  await step('comes from the first key to the content, and back out of a dialog', async () => {
    const has = (what) => owner.evaluate(what);
    await settle(owner, `${base}/app`);
    await owner.keyboard.press('Tab');
    if ((await has(() => document.activeElement.textContent)) !== 'Skip to content')
      throw new Error('the first stop is not the way past the navigation');
    await owner.keyboard.press('Enter');
    if ((await has(() => document.activeElement.id)) !== 'main')
      throw new Error('the content has no focus');
    await link(owner, 'Assets').click();
    const add = owner.getByRole('button', { name: 'Add assets' }).first();
    await add.focus();
    await owner.keyboard.press('Enter');
    const dialog = owner.getByRole('dialog', { name: 'Add assets' });
    await dialog.waitFor();
    for (let stop = 0; stop < 12; stop += 1) {
      await owner.keyboard.press('Tab');
      const isOut = await has(
        () => document.querySelector('main')?.contains(document.activeElement) ?? false,
      );
      if (isOut) throw new Error('the focus leaves an open dialog');
    }
    await owner.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    // It comes back to what opened it.
    await owner.waitForFunction((at) => at === document.activeElement, await add.elementHandle());
  });

  await step('reads a list of a thousand, of which only what is near is drawn', async () => {
    const items = Array.from({ length: 1_000 }, (_, nth) => ({
      key: `exp1_${nth}`,
      state: 'open',
      severity: 'low',
      title: `Exposure ${nth}`,
      check_id: 'http.header.csp_missing',
      asset_id: 'ast_1',
      host: 'shop.example.com',
      transport: 'tcp',
      port: 443,
      first_seen: '2026-11-21T06:00:00Z',
      last_seen: '2026-11-21T06:00:00Z',
    }));
    const asked = /\/api\/v1\/exposures\?/;
    await owner.route(asked, (route) => route.fulfill({ json: { items, next_cursor: null } }));
    await link(owner, 'Exposures').click();
    const rows = owner.getByRole('table', { name: 'Exposures' }).locator('tbody tr');
    await owner.getByText('Exposure 0', { exact: true }).waitFor();
    if ((await rows.count()) > 150) throw new Error(`${await rows.count()} rows are drawn`);
    // The key scrolls what has the focus, and the navigation scrolls by itself.
    await owner.locator('#main').focus();
    await owner.keyboard.press('End');
    await owner.getByText('Exposure 999', { exact: true }).waitFor();
    if ((await rows.count()) > 150) throw new Error(`${await rows.count()} rows are drawn`);
    await owner.unroute(asked);
  });

  await step('overlays are for everybody, too', async () => {
    const wrong = [];
    const holds = async (name) => {
      // An overlay belongs to the page for a moment, not to one of its landmarks.
      for (const said of await isAccessible(owner, ['region'])) wrong.push(`${name} ${said}`);
      await owner.keyboard.press('Escape');
    };
    await link(owner, 'Exposures').click();
    await heading(owner, 'Exposures');
    await owner.keyboard.press('/');
    await owner.keyboard.press('End');
    await owner.keyboard.type(' s');
    await owner.getByRole('option', { name: /^severity/ }).waitFor();
    await holds('the completions');
    await link(owner, 'Assets').click();
    await heading(owner, 'Assets');
    await owner.keyboard.press('?');
    await owner.getByRole('dialog', { name: 'Keys' }).waitFor();
    await holds('the keys');
    await owner.keyboard.press('Control+k');
    await owner.getByRole('option', { name: 'Audit' }).waitFor();
    await holds('the palette');
    await owner.getByRole('dialog').waitFor({ state: 'detached' });
    await owner.getByRole('button', { name: 'Add assets' }).first().click();
    await owner.getByRole('dialog', { name: 'Add assets' }).waitFor();
    await holds('the dialog');
    await owner.getByRole('dialog').waitFor({ state: 'detached' });
    await owner.getByRole('button', { name: /^Organization/ }).click();
    await owner.getByRole('menu').waitFor();
    await holds('the menu');
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  });

  await step('a viewer is shown nothing that would be refused', async () => {
    last = viewer;
    const refused = [];
    viewer.on('response', (answer) => {
      if (answer.status() === 403) refused.push(`403 ${answer.request().method()} ${answer.url()}`);
    });
    const names = await viewer
      .getByRole('navigation', { name: 'Screens' })
      .getByRole('link')
      .allTextContents();
    if (names.length < 5) throw new Error(`only ${names.join(', ')}`);
    for (const name of names) {
      await link(viewer, name).click();
      await heading(viewer, name);
      await isRead(viewer);
      const main = viewer.getByRole('main');
      for (const role of ['button', 'link'])
        for (const each of await main.getByRole(role).all()) {
          const text = (await each.textContent()) ?? '';
          if (CHANGING.test(text.trim())) refused.push(`${name}: ${text}`);
        }
    }
    if (refused.length > 0) throw new Error(refused.join('\n'));
    const screens = await screensOf(viewer, base);
    await areAccessible(viewer, base, {
      start: screens.start,
      team: screens.team,
      audit: screens.audit,
    });
  });

  await step('an auditor exports the log and checks it in the browser', async () => {
    last = auditor;
    await auditor.reload();
    await link(auditor, 'Audit').click();
    await auditor.getByRole('table', { name: 'Audit log' }).getByRole('row').nth(2).waitFor();
    const csv = await saves(auditor, () =>
      auditor.getByRole('link', { name: 'Export CSV' }).click(),
    );
    if (!(await readFile(csv.path, 'utf8')).includes('\n')) throw new Error('an empty CSV');
    const { path } = await saves(auditor, () =>
      auditor.getByRole('link', { name: 'Export with proof' }).click(),
    );
    await auditor.getByRole('link', { name: 'Check an export' }).click();
    await auditor
      .getByLabel('Public key of the ledger')
      .and(auditor.locator(':not(:empty)'))
      .waitFor();
    const checks = async (buffer) => {
      await auditor
        .getByLabel('File')
        .setInputFiles({ name: 'audit.jsonl', mimeType: 'application/json', buffer });
      await auditor.getByRole('button', { name: 'Check it' }).click();
    };
    const whole = await readFile(path);
    await checks(whole);
    await auditor.getByText('Valid audit log').waitFor();
    await checks(
      Buffer.from(whole.toString('utf8').replace('Audrey', 'Aubrey').replace('viewer', 'admins')),
    );
    await auditor.getByText('Not valid').waitFor();
  });

  await step('a sign-in ended elsewhere ends its screens within seconds', async () => {
    last = auditor;
    await settle(auditor, `${base}/app`);
    await auditor.getByText('Live', { exact: true }).waitFor();
    const elsewhere = await visitor();
    await elsewhere.goto(`${base}/login?return_to=/me`);
    await elsewhere.getByLabel('E-mail').fill(AUDITOR);
    await elsewhere.getByLabel('Password').fill(PASSWORD);
    await elsewhere.getByRole('button', { name: 'Sign in', exact: true }).click();
    await heading(elsewhere, 'Profile');
    await elsewhere.getByRole('button', { name: 'End all others' }).click();
    const began = Date.now();
    await heading(auditor, 'Sign in');
    const seconds = (Date.now() - began) / 1000;
    // The stream is closed within 5 s (promises P11); coming back and being refused takes two more.
    if (seconds > 7) throw new Error(`only after ${seconds.toFixed(1)} s`);
  });

  await step('two tabs share one stream and one organization', async () => {
    last = owner;
    second = await tabBeside(owner);
    const streams = [];
    second.on('request', (request) => {
      if (request.url().includes('/api/v1/events')) streams.push(request.url());
    });
    await settle(second, `${base}/app`);
    await second.getByText('Live', { exact: true }).waitFor();
    if (streams.length > 0) throw new Error(`a stream of its own: ${streams}`);
    await owner.goto(`${base}/me`);
    await owner.getByLabel('New organization').fill('Second Ltd');
    await owner.getByRole('button', { name: 'Create organization' }).click();
    await heading(owner, 'Start');
    last = second;
    await second.getByText('This browser went to another organization').waitFor();
    await second.getByRole('button', { name: 'Continue in People Ltd' }).click();
    await heading(second, 'Changes');
    await owner.getByText('This browser went to another organization').waitFor();
  });

  await step('signing out in one ends the other', async () => {
    await second.getByRole('button', { name: /^Account/ }).click();
    await second.getByRole('menuitem', { name: 'Sign out' }).click();
    await heading(second, 'Sign in');
    last = owner;
    await heading(owner, 'Sign in');
  });

  const staff = await visitor();
  await step('staff look with somebody’s eyes, in the open, and stop', async () => {
    last = staff;
    await signsUp(staff, 'Sam Staff', STAFF, 'Staff Ltd');
    await staff.goto(`${base}/me`);
    const dialog = staff.getByRole('dialog');
    await staff.getByRole('button', { name: 'Set up an app' }).click();
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await staff.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
    const code = app(await staff.locator('[data-value="Secret"]').textContent());
    await staff.getByLabel('Code the app shows').fill(code());
    await staff.getByRole('button', { name: 'Turn it on' }).click();
    await dialog.getByRole('button', { name: 'I have kept them' }).click();
    await makeStaff(STAFF);
    await staff.getByRole('button', { name: 'Sign out' }).click();
    await heading(staff, 'Sign in');
    await staff.goto(`${base}/login?return_to=/platform`);
    await staff.getByLabel('E-mail').fill(STAFF);
    await staff.getByLabel('Password').fill(PASSWORD);
    await staff.getByRole('button', { name: 'Sign in', exact: true }).click();
    await staff.getByLabel('Code').fill(code());
    await staff.getByRole('button', { name: 'Go on' }).click();
    await heading(staff, 'Platform');
    await staff.getByRole('searchbox').fill(VIEWER);
    await staff.keyboard.press('Enter');
    await staff.getByRole('button', { name: 'Look with their eyes…' }).click();
    await dialog.getByLabel('Reason').fill('ticket 4711: an empty list');
    await dialog.getByRole('button', { name: 'Look with their eyes' }).click();
    await heading(staff, 'Changes');
    const banner = staff.getByRole('region', { name: 'Impersonation', exact: true });
    await banner.getByText('reading only').waitFor();
    for (const said of ['Sam Staff', VIEWER, 'ticket 4711'])
      if (!(await banner.textContent()).includes(said)) throw new Error(`the banner hides ${said}`);
    await link(staff, 'Assets').click();
    await heading(staff, 'Assets');
    await areAccessible(staff, base, { 'while impersonating': new URL(staff.url()).pathname });
    await staff.getByRole('button', { name: 'End now' }).click();
    await heading(staff, 'Platform');
    await banner.waitFor({ state: 'detached' });
    await staff.getByRole('table', { name: 'Impersonations' }).getByText('over').first().waitFor();
    await areAccessible(staff, base, { platform: '/platform' });
  });

  await step('staff see who is behind, and send a message again that was given up', async () => {
    const part = (name) =>
      staff
        .getByRole('navigation', { name: 'Parts of the platform' })
        .getByRole('link', { name, exact: true });
    await part('Queue').click();
    const readers = staff.getByRole('table', { name: 'Readers of the bus' });
    await readers.getByText('orchestrator-scan-events').waitFor();
    await buryMail(
      STAFF,
      await staff.evaluate(
        async () => (await (await fetch('/api/v1/me')).json()).organization.tenant_key,
      ),
    );
    await part('Dead letters').click();
    const letters = staff.getByRole('table', { name: 'Dead letters' });
    await letters.getByText('the mail server was away').waitFor();
    await areAccessible(staff, base, {
      queue: '/platform?tab=queue',
      'stuck runs': '/platform?tab=stuck',
      'dead letters': '/platform?tab=letters',
    });
    if (screens) await shootOnly(staff, base, screens, PLATFORM);
    await letters.getByRole('button', { name: 'Look' }).click();
    await staff.getByRole('dialog').getByText('new_sign_in').waitFor();
    if ((await staff.getByRole('dialog').textContent()).includes(STAFF))
      throw new Error('staff are shown whom a mail is to');
    await staff.keyboard.press('Escape');
    await letters.getByRole('button', { name: 'Send again' }).click();
    await staff.getByText('No dead letters').waitFor();
    await mailTo(STAFF, /a place nobody knows/);
    await part('Stuck runs').click();
    await staff.getByText('Every run goes on').waitFor();
  });

  if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`);
  console.log('everybody has what is theirs');
} catch (error) {
  await last.screenshot({ path: '/tmp/watchtower-people.png' }).catch(() => undefined);
  console.error(`stopped at ${last.url()}\n${error.stack}\n${complaints.join('\n')}`);
  process.exitCode = 1;
} finally {
  await close();
}
