/** A Chromium of this machine, and steps that say how long they took. */
import { chromium } from 'playwright-core';

/** Longest wait for what should be there at once. */
const PATIENCE_MS = 20_000;

/** Opens a page; what the browser itself complains of is kept. */
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
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
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
  return { page, complaints, close: () => browser.close() };
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
