/**
 * The pictures of `docs/screens`: every screen of the demo's organization in light and dark.
 *
 * `make demo` prints the address and the login; give them as `WT_BASE_URL`, `WT_LOGIN_EMAIL` and
 * `WT_LOGIN_PASSWORD`.
 */
import { open } from './browser.mjs';
import { shoot } from './screens.mjs';

const { WT_BASE_URL: base, WT_LOGIN_EMAIL: email, WT_LOGIN_PASSWORD: password } = process.env;
if (!base || !email || !password) {
  console.error('WT_BASE_URL, WT_LOGIN_EMAIL and WT_LOGIN_PASSWORD are needed: see `make demo`');
  process.exit(64);
}

const { page, visitor, close, complaints } = await open(base);
try {
  await page.goto(`${base}/login`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Changes', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Reports', exact: true }).click();
  await page.getByRole('heading', { name: 'Reports', exact: true }).waitFor();
  await page.getByText(/^Reading /).waitFor({ state: 'detached' });
  if (await page.getByText('No reports yet').isVisible()) {
    await page.getByRole('link', { name: 'Open scans' }).click();
    await page.getByLabel('Kind').selectOption('on_demand');
    await page.waitForURL(/kind=on_demand/);
    await page.getByRole('table', { name: 'Scans' }).getByRole('link').first().click();
    await page.getByRole('button', { name: 'Write a report' }).click();
    await page.locator('article').waitFor();
  }
  await page.goto(`${base}/app`);
  await page.getByRole('link', { name: 'Transparency', exact: true }).click();
  const turnOn = page.getByRole('button', { name: 'Turn on' });
  await turnOn.or(page.getByRole('button', { name: 'Turn off' })).waitFor();
  if (await turnOn.isVisible()) await turnOn.click();
  await page.getByRole('region', { name: 'On', exact: true }).waitFor();
  await shoot(page, await visitor(), base, '../docs/screens');
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
} finally {
  await close();
}
