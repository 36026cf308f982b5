/**
 * The newcomer's journey in a real browser against a running fleet: sign up, add something, prove
 * it, scan it, open the first exposure, say that it is being fixed, fix it, and get the proof.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `WT_BASE_URL` | the public URL, as `make up` prints it |
 * | `WT_E2E_HOST` | address to scan; the operator's configuration must allow it (127.0.0.9) |
 * | `WT_E2E_PORT` | port of its web server; one that proofs are looked for at (8080) |
 * | `WT_E2E_WEBROOT` | folder that server serves; when unset the journey serves one itself |
 * | `WT_CHROMIUM` | the browser (/usr/bin/chromium) |
 * | `WT_E2E_SCREENS` | folder for screenshots of every screen; none are taken when unset |
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { areAccessible } from './accessible.mjs';
import { open, step } from './browser.mjs';
import { DOORWAYS, screensOf } from './routes.mjs';
import { shoot } from './screens.mjs';
import { serveTarget } from './target.mjs';

const base = process.env.WT_BASE_URL;
if (!base) {
  console.error('WT_BASE_URL names no gateway: run `make up` and give its address');
  process.exit(64);
}
const host = process.env.WT_E2E_HOST ?? '127.0.0.9';
const port = Number(process.env.WT_E2E_PORT ?? 8080);
/** A scan of one host takes seconds; a loaded machine gets minutes. */
const SCAN_MS = 180_000;
const LEAKED = '.git/config';
let packet;

const target = await serveTarget({ host, port, webroot: process.env.WT_E2E_WEBROOT });
const publish = async (path, text) => {
  const file = join(target.webroot, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};
const { page, visitor, close, complaints } = await open(base);

try {
  await publish('index.html', '<!doctype html><title>Shop</title><p>Welcome.</p>');
  await publish(
    LEAKED,
    '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = git@example.com:shop.git\n',
  );

  await step('can read every doorway, however they see', () => areAccessible(page, base, DOORWAYS));

  await step('signs up', async () => {
    await page.goto(`${base}/`);
    await page.getByRole('link', { name: 'Create account' }).click();
    await page.getByLabel('Your name').fill('Ann Newcomer');
    await page.getByLabel('Organization').fill('Newcomer Ltd');
    await page.getByLabel('E-mail').fill(`ann-${Date.now()}@example.com`);
    await page.getByLabel('Password').fill('a sentence nobody guesses');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'Start', level: 1 }).waitFor();
  });

  await step('can read every screen while it is empty', async () => {
    await areAccessible(page, base, await screensOf(page, base));
    await page.getByRole('link', { name: 'Start', exact: true }).click();
  });

  await step('adds an asset', async () => {
    await page.getByRole('link', { name: 'Add an asset' }).click();
    await page.getByRole('button', { name: 'Add assets' }).first().click();
    await page.getByLabel('Domains, addresses or networks').fill(host);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Verify now' }).click();
  });

  await step('sees that a missing proof is said plainly', async () => {
    await page.getByRole('radio', { name: /File over HTTP/ }).check();
    await page.getByRole('button', { name: 'Show me what to publish' }).click();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('the proof was not there yet').waitFor();
  });

  await step('proves it with a file', async () => {
    const url = await page.locator('[data-value="Address"]').textContent();
    const body = await page.locator('[data-value="Content"]').textContent();
    await publish(new URL(url).pathname, body);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('The proof was found.').waitFor();
  });

  await step('looks at what would be touched, then scans', async () => {
    await page.getByRole('link', { name: 'Scan it now' }).click();
    await page.getByRole('textbox', { name: 'Ports' }).fill(String(port));
    await page.getByRole('button', { name: 'What would be touched?' }).click();
    await page.getByRole('region', { name: 'What would be touched' }).waitFor();
    await page.getByRole('button', { name: 'Scan 1 asset' }).click();
    await page.getByRole('heading', { name: /^Scan #\d+/ }).waitFor();
  });

  await step('watches it to its end', async () => {
    await page
      .getByRole('list', { name: 'States of the run' })
      .locator('[aria-current=step]', { hasText: 'Completed' })
      .waitFor({ timeout: SCAN_MS });
    await page.getByRole('region', { name: 'What it changed' }).getByRole('link').first().waitFor();
  });

  await step('opens the first exposure and its evidence', async () => {
    await page.getByRole('link', { name: 'Changes', exact: true }).click();
    await page.getByRole('link', { name: /git/i }).first().click();
    await page
      .getByRole('region', { name: 'Verdict' })
      .getByText(/^It is open/)
      .waitFor();
    await page
      .getByRole('region', { name: 'Response' })
      .getByText('repositoryformatversion')
      .waitFor();
  });

  await step('says that it is being fixed', async () => {
    await page.getByRole('button', { name: 'I am fixing it' }).click();
    await page.getByText('It is open. Somebody is fixing it').waitFor();
    await page.getByRole('region', { name: 'Timeline' }).getByText('Fix in progress').waitFor();
  });

  await step('is told when it is not fixed', async () => {
    await page.getByRole('button', { name: 'Verify the fix' }).click();
    await page.getByText('The verification is over').waitFor({ timeout: SCAN_MS });
    await page.getByRole('region', { name: 'Timeline' }).getByText('Still open').waitFor();
  });

  await step('fixes it and gets the proof', async () => {
    await rm(join(target.webroot, LEAKED));
    await page.getByRole('button', { name: 'Verify the fix' }).click();
    await page
      .getByRole('region', { name: 'Verdict' })
      .getByText(/^It is fixed/)
      .waitFor({ timeout: SCAN_MS });
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download packet' }).click();
    await page.getByRole('menuitem', { name: /^JSON/ }).click();
    packet = await download;
    if (!/^exp1_.*\.packet\.json$/.test(packet.suggestedFilename())) throw new Error('no packet');
  });

  await step('checks the packet in the browser, and one that was changed', async () => {
    await page.goto(`${base}/verify`);
    await page.getByLabel('Public key of the ledger').and(page.locator(':not(:empty)')).waitFor();
    const whole = await readFile(await packet.path());
    const checks = async (buffer) => {
      const file = { name: 'packet.json', mimeType: 'application/json', buffer };
      await page.getByLabel('File').setInputFiles(file);
      await page.getByRole('button', { name: 'Check it' }).click();
    };
    await checks(whole);
    await page.getByText('Valid packet').waitFor();
    await page.getByText('FIXED').waitFor();
    await checks(Buffer.from(whole.toString('utf8').replace('"FIXED"', '"FIXEO"')));
    await page.getByText('Not valid').waitFor();
    await page.goto(`${base}/app`);
  });

  await step('sees it on the board', async () => {
    await page.getByRole('link', { name: 'Fixes' }).click();
    await page.getByRole('region', { name: 'Fixed' }).getByRole('link').first().waitFor();
  });

  await step('sees what hangs together, with the keyboard alone', async () => {
    await page.getByRole('link', { name: 'Graph', exact: true }).click();
    const drawing = page.getByRole('region', { name: /^Drawing/ });
    const asset = drawing.getByRole('link', { name: /^Asset / }).first();
    await asset.focus();
    await page.keyboard.press('ArrowRight');
    if (await asset.evaluate((at) => at === document.activeElement))
      throw new Error('the arrow leads nowhere');
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=/);
    const here = page.getByRole('region', { name: 'Looking from' });
    await here.waitFor();
    await page.getByLabel('Way to').selectOption({ index: 1 });
    await page.getByText(/^The shortest way has \d+ steps?\./).waitFor();
    await page.getByLabel(/^As/).selectOption('Table');
    await page.getByRole('table', { name: 'Nodes' }).getByRole('row').nth(2).waitFor();
    await page.getByRole('button', { name: 'The whole organization' }).click();
    await page.getByLabel(/^As/).selectOption('Drawing');
    await drawing
      .getByRole('link', { name: /^Asset / })
      .first()
      .dblclick();
    await page.waitForURL(/\/assets\//);
  });

  await step('narrows the list by typing', async () => {
    await page.getByRole('link', { name: 'Exposures', exact: true }).click();
    const box = page.getByRole('combobox', { name: 'Filter of exposures' });
    await box.waitFor();
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('state:fi');
    await page.getByRole('option', { name: 'fixed', exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForURL(/filter=state:fixed/);
    await page.getByRole('table', { name: 'Exposures' }).getByText('Fixed').first().waitFor();
    await box.fill('state:fixed sate:open');
    await box.press('Enter');
    await page.getByText(/^At character 13: .*is no field/).waitFor();
    await page.getByLabel(/^State/).selectOption('Open or unresponsive');
  });

  await step('decides on everything that matches, and takes it back', async () => {
    await page.getByRole('link', { name: 'Exposures', exact: true }).click();
    const table = page.getByRole('table', { name: 'Exposures' });
    await table.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: 'Everything that matches' }).click();
    await page.getByText(/^All \d+ exposures? that match$/).waitFor();
    await page.getByRole('button', { name: 'Tag…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add tags' });
    await dialog.getByLabel('Tags').fill('journey');
    await dialog.getByText(/^\d+ exposures? of \d+\./).waitFor();
    await dialog.getByRole('button', { name: 'Add tags' }).click();
    await page
      .getByText(/^\d+ exposures?: tagged\./)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page
      .getByText(/^Taken back for \d+ exposures?\./)
      .first()
      .waitFor();
  });

  await step('keeps a view, and finds it again', async () => {
    await page.getByLabel(/^Order/).selectOption('Most urgent first');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Keep this view…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Most urgent');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByLabel(/^Order/).selectOption('Host');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Most urgent' }).click();
    await page.waitForURL(/sort=score/);
  });

  await step('reads a report of the scan', async () => {
    await page.getByRole('link', { name: 'Scans' }).click();
    await page.getByRole('table', { name: 'Scans' }).getByRole('link').last().click();
    await page.getByRole('button', { name: 'Write a report' }).click();
    await page.getByText('Ready', { exact: true }).waitFor({ timeout: SCAN_MS });
    await page.locator('article').waitFor();
  });

  await step('says that a paragraph of it helps', async () => {
    const thumb = { name: 'Helps: In short' };
    await page.getByRole('button', thumb).click();
    await page.getByRole('button', { ...thumb, pressed: true }).waitFor();
  });

  await step('shows the heads of its ledger to everybody', async () => {
    await page.getByRole('link', { name: 'Transparency', exact: true }).click();
    await page.getByLabel('Called').fill('Newcomer Ltd');
    await page.getByRole('button', { name: 'Turn on' }).click();
    const shown = page.getByRole('region', { name: 'On', exact: true }).getByRole('link');
    const stranger = await visitor();
    await stranger.goto(`${base}${await shown.getAttribute('href')}`);
    await stranger.getByText('Newcomer Ltd').first().waitFor();
  });

  await step('can read every screen now that it is full', async () =>
    areAccessible(page, base, await screensOf(page, base)),
  );

  const screens = process.env.WT_E2E_SCREENS;
  if (screens)
    await step('is seen in light and dark', async () =>
      shoot(page, await visitor(), base, screens),
    );

  await step('signs out', async () => {
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`);
  console.log('journey complete');
} catch (error) {
  await page.screenshot({ path: '/tmp/watchtower-journey.png' }).catch(() => undefined);
  console.error(`journey stopped at ${page.url()}\n${error.stack}\n${complaints.join('\n')}`);
  process.exitCode = 1;
} finally {
  await close();
  await target.close();
}
