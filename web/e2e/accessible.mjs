/**
 * Holds pages to what everybody needs: no violation axe can find in light or dark, nothing cut off
 * at 360 px or at 200 % zoom, nothing that moves for who asked for stillness, and nothing that has
 * the focus behind something else.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { settle } from './routes.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA and what axe's authors hold for good. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** A theme changes colours and nothing else, so only the first is held to every rule. */
const THEMES = {
  light: { type: 'tag', values: TAGS },
  dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
};
const DESK = { width: 1280, height: 860 };
/** A phone, and the desk at 200 % zoom: half as many CSS pixels. */
const NARROW = {
  'at 360 px': { width: 360, height: 720 },
  'at 200 %': { width: 640, height: 430 },
};

/** Opens each path and throws with everything that is wrong on any of them. */
export async function areAccessible(page, base, paths) {
  const wrong = new Map();
  for (const [name, path] of Object.entries(paths)) {
    await settle(page, `${base}${path}`);
    for (const said of [...(await isAccessible(page)), ...(await isInSight(page))])
      wrong.set(said, [...(wrong.get(said) ?? []), name]);
  }
  if (wrong.size === 0) return;
  const lines = [...wrong].map(([said, where]) => `${said} [${where.join(', ')}]`);
  throw new Error(`not for everybody:\n${lines.join('\n')}`);
}

/** What is wrong with the page as it stands, by all rules but those named. */
export async function isAccessible(page, except = []) {
  const wrong = [];
  await page.evaluate(AXE);
  for (const [theme, runOnly] of Object.entries(THEMES)) {
    await page.evaluate(wear, theme);
    for (const said of await page.evaluate(violations, { runOnly, except }))
      wrong.push(`(${theme}) ${said}`);
  }
  for (const said of await page.evaluate(moving)) wrong.push(said);
  for (const [how, size] of Object.entries(NARROW)) {
    await page.setViewportSize(size);
    for (const said of await page.evaluate(cutOff)) wrong.push(`${how} ${said}`);
  }
  await page.setViewportSize(DESK);
  return wrong;
}

/** What cannot be seen while it has the focus, on the desk and where there is least room. */
async function isInSight(page) {
  const wrong = await page.evaluate(covered);
  for (const [how, size] of Object.entries(NARROW)) {
    await page.setViewportSize(size);
    for (const said of await page.evaluate(covered)) wrong.push(`${how} ${said}`);
  }
  await page.setViewportSize(DESK);
  return wrong;
}

/* The functions below run in the page. */

/** Puts a theme on, and waits until it is drawn. */
async function wear(theme) {
  document.documentElement.dataset.theme = theme;
  for (let frame = 0; frame < 3; frame += 1)
    await new Promise((drawn) => requestAnimationFrame(drawn));
}

async function violations({ runOnly, except }) {
  const found = await window.axe.run(document, {
    runOnly,
    rules: Object.fromEntries(except.map((rule) => [rule, { enabled: false }])),
    resultTypes: ['violations'],
  });
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      (node) =>
        `${id}: ${help}: ${node.html.slice(0, 160)} ${node.failureSummary.split('\n').at(-1)}`,
    ),
  );
}

/** Whatever is still animated although stillness was asked for. */
function moving() {
  return document
    .getAnimations()
    .filter((each) => Number(each.effect?.getComputedTiming().duration) > 1)
    .map((each) => `moves: ${each.effect?.target?.outerHTML.slice(0, 120)}`);
}

/** What reaches beyond the right edge without a box of its own to scroll in. */
function cutOff() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (at) => {
    for (let box = at.parentElement; box && box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== 'visible') return true;
    return false;
  };
  const guilty = [...document.body.querySelectorAll('*')]
    .filter((at) => at.getBoundingClientRect().right > width + 1 && !scrolls(at))
    .slice(-1);
  return [`scrolls sideways: ${guilty[0]?.outerHTML.slice(0, 160) ?? 'the page'}`];
}

/** What lies under something else once it has the focus (WCAG 2.4.11), or turns it away. */
function covered() {
  const MOST = 120;
  const before = document.activeElement;
  const wrong = [];
  const focusable = [
    ...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]'),
  ].filter(
    (at) => at.checkVisibility() && !at.disabled && at.tabIndex >= 0 && !at.closest('[inert]'),
  );
  for (const at of focusable.slice(0, MOST)) {
    at.focus();
    if (document.activeElement !== at) {
      wrong.push(`takes no focus: ${at.outerHTML.slice(0, 120)}`);
      continue;
    }
    const [box] = at.getClientRects();
    // What only screen readers see has no place on the page.
    if (!box || box.width < 4 || box.height < 4) continue;
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    if (right <= left || bottom <= top || !above || !(at.contains(above) || above.contains(at)))
      wrong.push(`hidden with the focus: ${at.outerHTML.slice(0, 120)}`);
  }
  if (before instanceof HTMLElement && before !== document.body) before.focus();
  else document.activeElement?.blur?.();
  scrollTo(0, 0);
  return wrong;
}
