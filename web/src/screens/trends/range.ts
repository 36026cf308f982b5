/** Which days a range of trends means; UTC days, so that everybody counts the same. */

const DAY_MS = 86_400_000;

export const DAYS = { '7d': 7, '30d': 30, '90d': 90, '365d': 365 } as const;
export type Range = keyof typeof DAYS;
export const RANGES = ['7d', '30d', '90d', '365d'] as const satisfies Range[];

/** First and last day, both included. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** The days of a range that ends today, and as many right before. */
export function daysOf(range: Range, today: Date): [now: Span, before: Span] {
  const ago = (days: number) =>
    new Date(today.getTime() - days * DAY_MS).toISOString().slice(0, 10);
  const n = DAYS[range];
  return [
    { from: ago(n - 1), to: ago(0) },
    { from: ago(2 * n - 1), to: ago(n) },
  ];
}
