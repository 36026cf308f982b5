/** Whether a colour can be read on white, as the API asks it (WCAG 2.2 §1.4.3). */

/** Least contrast of small letters. */
export const CONTRAST_MIN = 4.5;

/** Contrast of `#rrggbb` on white, 1 to 21; undefined for what is no colour. */
export function contrastOnWhite(color: string): number | undefined {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)?.slice(1);
  if (!digits) return undefined;
  const [red = 0, green = 0, blue = 0] = digits.map((part) => linear(Number.parseInt(part, 16)));
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

function linear(part: number): number {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
