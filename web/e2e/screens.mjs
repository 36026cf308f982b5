/** Every screen in light and dark, as the README shows them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DOORWAYS, screensOf, settle } from './routes.mjs';

const THEMES = ['light', 'dark'];
/** Small enough that each picture stays below 150 kB. */
const SIZE = { width: 1080, height: 640 };

/** Screenshots of all screens of the signed-in organization. */
export async function shoot(page, base, folder) {
  await mkdir(folder, { recursive: true });
  const { landing, pricing, scanner } = DOORWAYS;
  const screens = { landing, pricing, scanner, ...(await screensOf(page, base)) };
  await page.setViewportSize(SIZE);
  for (const theme of THEMES) {
    await page.evaluate((chosen) => localStorage.setItem('watchtower.theme', chosen), theme);
    for (const [name, path] of Object.entries(screens)) {
      await settle(page, `${base}${path}`);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`), animations: 'disabled' });
    }
  }
  await page.evaluate(() => localStorage.removeItem('watchtower.theme'));
}
