/**
 * Every way in besides a password alone, in a real browser with a virtual authenticator: a passkey,
 * a code of an app, a recovery code, a passkey in place of the code.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `WT_BASE_URL` | the public URL, as `make up` prints it; browsers make passkeys for names only |
 * | `WT_CHROMIUM` | the browser (/usr/bin/chromium) |
 */
import { app, plugIn } from './authenticator.mjs';
import { open, step } from './browser.mjs';

const base = process.env.WT_BASE_URL;
if (!base) {
  console.error('WT_BASE_URL names no gateway: run `make up` and give its address');
  process.exit(64);
}
const EMAIL = `eve-${Date.now()}@example.com`;
const PASSWORD = 'a sentence nobody guesses';

const { page, close, complaints } = await open(base);
const region = (name) => page.getByRole('region', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const profile = async () => {
  await page.goto(`${base}/me`);
  await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
};
const signsOut = async () => {
  await profile();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
};
const givesPassword = async () => {
  await page.goto(`${base}/login?return_to=/me`);
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};
const isIn = () => page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();

try {
  const device = await plugIn(page);
  let code;
  let recovery;

  await step('signs up', async () => {
    await page.goto(`${base}/signup`);
    await page.getByLabel('Your name').fill('Eve Keyholder');
    await page.getByLabel('Organization').fill('Keys Ltd');
    await page.getByLabel('E-mail').fill(EMAIL);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'Start', level: 1 }).waitFor();
  });

  await step('adds a passkey', async () => {
    await profile();
    await region('Passkeys').getByRole('button', { name: 'Add a passkey' }).click();
    await dialog().getByLabel('What to call it').fill('This laptop');
    await dialog().getByLabel('Your password').fill(PASSWORD);
    await dialog().getByRole('button', { name: 'Add it' }).click();
    await region('Passkeys').getByText('This laptop').waitFor();
    const made = await device.passkeys();
    if (made.length !== 1 || !made[0].isResidentCredential) throw new Error('no passkey was made');
  });

  await step('signs in with it, and nothing else', async () => {
    await signsOut();
    await page.goto(`${base}/login?return_to=/me`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await isIn();
    await region('Where you are signed in').getByRole('cell', { name: 'passkey' }).waitFor();
  });

  await step('is refused while the device is locked', async () => {
    await signsOut();
    await device.unlock(false);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText(/^No passkey was used/).waitFor();
    await device.unlock(true);
  });

  await step('sets up an authenticator app and keeps its recovery codes', async () => {
    await givesPassword();
    await isIn();
    await region('Authenticator app').getByRole('button', { name: 'Set up an app' }).click();
    await dialog().getByLabel('Your password').fill(PASSWORD);
    await dialog().getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
    code = app(await page.locator('[data-value="Secret"]').textContent());
    await page.getByLabel('Code the app shows').fill(code());
    await page.getByRole('button', { name: 'Turn it on' }).click();
    const codes = dialog().getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await codes.first().waitFor();
    recovery = await codes.allTextContents();
    if (recovery.length !== 10) throw new Error(`${recovery.length} recovery codes`);
    const download = page.waitForEvent('download');
    await dialog().getByRole('button', { name: 'Download' }).click();
    await download;
    await dialog().getByRole('button', { name: 'I have kept them' }).click();
    await region('Authenticator app').getByText('10 recovery codes are left').waitFor();
  });

  await step('signs in with password and code, after a wrong one', async () => {
    await signsOut();
    await givesPassword();
    await page.getByLabel('Code').fill('not a code');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page
      .getByRole('alert')
      .getByText(/code is wrong/i)
      .waitFor();
    await page.getByLabel('Code').fill(code());
    await page.getByRole('button', { name: 'Go on' }).click();
    await isIn();
  });

  await step('signs in with a recovery code', async () => {
    await signsOut();
    await givesPassword();
    await page.getByLabel('Code').fill(recovery[0]);
    await page.getByRole('button', { name: 'Go on' }).click();
    await isIn();
    await region('Authenticator app').getByText('9 recovery codes are left').waitFor();
  });

  await step('answers with the passkey in place of a code', async () => {
    await signsOut();
    await givesPassword();
    await page.getByRole('button', { name: 'Use a passkey instead' }).click();
    await isIn();
  });

  await step('removes the passkey, and is let in with it no more', async () => {
    await region('Passkeys').getByRole('button', { name: 'Remove This laptop' }).click();
    await region('Passkeys')
      .getByText(/can't be phished/)
      .waitFor();
    await signsOut();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('auth.passkey_refused').waitFor();
  });

  await step('lets a program in with its code', async () => {
    await givesPassword();
    await page.getByLabel('Code').fill(recovery[1]);
    await page.getByRole('button', { name: 'Go on' }).click();
    await isIn();
    const waits = await page.request.post(`${base}/api/v1/auth/device`, {
      data: { client_name: 'a program on this desk' },
    });
    const { user_code } = await waits.json();
    await page.goto(`${base}/device`);
    await page.getByLabel('Code the program shows').fill(user_code);
    await page.getByRole('button', { name: 'Show the program' }).click();
    await page.getByText('a program on this desk').waitFor();
    await page.getByRole('button', { name: 'Let it in' }).click();
    await page.getByText('It is let in').waitFor();
  });

  if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`);
  console.log('every way in works');
} catch (error) {
  await page.screenshot({ path: '/tmp/watchtower-sign-in.png' }).catch(() => undefined);
  console.error(`stopped at ${page.url()}\n${error.stack}\n${complaints.join('\n')}`);
  process.exitCode = 1;
} finally {
  await close();
}
