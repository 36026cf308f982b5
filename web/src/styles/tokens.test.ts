import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf8');
const block = (selector: string) => {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries(
    [...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1] ?? '', m[2] ?? '']),
  );
};

/** Relative luminance, WCAG 2.2. */
const luminance = (hex: string) => {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
};
const contrast = (a: string, b: string) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

const texts = ['critical', 'high', 'medium', 'low', 'info', 'good', 'unproven'];
const pairs: [ink: string, ground: string, least: number][] = [
  ...['ground', 'surface', 'sunken'].flatMap((ground): [string, string, number][] => [
    ['ink', ground, 7],
    ['ink-muted', ground, 4.5],
    ['accent', ground, 4.5],
    ['line-strong', ground, 3],
  ]),
  ...texts.flatMap((name): [string, string, number][] => [
    [name, `${name}-tint`, 4.5],
    [name, 'surface', 4.5],
  ]),
  ['accent-ink', 'accent', 4.5],
  ['accent', 'accent-tint', 4.5],
  ['ink', 'accent-tint', 7],
  ['danger-ink', 'danger', 4.5],
  ['ink', 'mark', 4.5],
];

describe.each([
  ['light', block(':root')],
  ['dark', block(':root[data-theme="dark"]')],
])('%s tokens', (_theme, tokens) => {
  it.each(pairs)('%s on %s reaches %d', (ink, ground, least) => {
    expect(contrast(tokens[ink] ?? '', tokens[ground] ?? '')).toBeGreaterThanOrEqual(least);
  });
});
