/** What plans include, in words. */

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** A limit; none is unlimited. */
export function atMost(limit: number | null): string {
  if (limit === null) return 'unlimited';
  return limit === 0 ? '—' : limit.toLocaleString('en');
}

/** How often. */
export function every(seconds: number): string {
  if (seconds === 0) return 'as often as you like';
  if (seconds % DAY_SECONDS === 0) return often(seconds / DAY_SECONDS, 'day');
  if (seconds % HOUR_SECONDS === 0) return often(seconds / HOUR_SECONDS, 'hour');
  return often(Math.round(seconds / 60), 'minute');
}

function often(count: number, unit: string): string {
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}

/** A plan's name. */
export function planName(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
