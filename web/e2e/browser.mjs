/** A Chromium of this machine, and steps that say how long they took. */
import { chromium } from 'playwright-core';

/** Longest wait for what should be there at once. */
const PATIENCE_MS = 45_000;

/** Opens a browser with a page; what it complains of, on any page, is kept. */
export async function open(base) {
  const browser = await chromium.launch({
    executablePath: process.env.WT_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const complaints = [];
  const visitor = async () => {
    const context = await browser.newContext({
      baseURL: base,
      viewport: { width: 1280, height: 860 },
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    return tab(context);
  };
  const tab = async (context) => {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    listen(page, base, complaints);
    return page;
  };
  return {
    page: await visitor(),
    /** A page of somebody else: nothing is shared with the others. */
    visitor,
    /** Another tab beside a page. */
    tabBeside: (page) => tab(page.context()),
    complaints,
    close: () => browser.close(),
  };
}

/** Keeps what the browser itself complains of. */
function listen(page, base, complaints) {
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // An answer of 4xx is shown by the app; the browser's own line about it says nothing new.
    const known = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !known) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith('blob:')) complaints.push(`third party: ${url}`);
  });
}

/** Does one step of a journey and says so. */
export async function step(name, act) {
  const began = Date.now();
  try {
    await act();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
  console.log(`  ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}
