/**
 * How long a fresh tab takes until Changes can be read: `web.first_view_ms` of `make bench`.
 *
 * Each round is a browser context of its own, so nothing is cached; the clock is the page's own and
 * runs from the navigation to the frame after the first change is in the document. Prints one number
 * a line.
 *
 * | variable | meaning |
 * | --- | --- |
 * | `WT_BASE_URL` | the public URL |
 * | `WT_LOGIN_EMAIL`, `WT_LOGIN_PASSWORD` | who looks |
 * | `WT_ROUNDS` | how often (9) |
 */
import { open } from './browser.mjs';

const { WT_BASE_URL: base, WT_LOGIN_EMAIL: email, WT_LOGIN_PASSWORD: password } = process.env;
if (!base || !email || !password) {
  console.error('WT_BASE_URL, WT_LOGIN_EMAIL and WT_LOGIN_PASSWORD are needed');
  process.exit(64);
}
const rounds = Number(process.env.WT_ROUNDS ?? 9);

const { page, visitor, close, complaints } = await open(base);
try {
  const answer = await page.request.post(`${base}/api/v1/auth/login`, {
    data: { email, password, mode: 'cookie' },
    headers: { 'X-Watchtower-CSRF': '1', origin: new URL(base).origin },
  });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  const cookies = await page.context().cookies();
  // The first round is the browser's own warming up.
  for (let round = -1; round < rounds; round += 1) {
    const fresh = await visitor();
    await fresh.context().addCookies(cookies);
    await fresh.addInitScript(watch);
    await fresh.goto(`${base}/app`);
    const ms = await fresh.waitForFunction(() => window.firstViewMs);
    if (round >= 0) console.log((await ms.jsonValue()).toFixed(1));
    await fresh.context().close();
  }
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
} finally {
  await close();
}

/** Runs in the page, before anything of it does. */
function watch() {
  const look = () => {
    if (document.querySelector('main [data-row]') === null) return requestAnimationFrame(look);
    // What is in the document now is painted before the next frame.
    requestAnimationFrame(() => {
      window.firstViewMs = performance.now();
    });
  };
  requestAnimationFrame(look);
}
