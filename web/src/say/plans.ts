/** What plans include and cost, in words. */
import type { PlanPrice } from '@/client';

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

/** How often a plan is paid. */
export type Period = 'monthly' | 'yearly';

/** The price of a period, or what there is instead. */
export function priceFor(prices: readonly PlanPrice[], period: Period): PlanPrice | undefined {
  return prices.find((price) => price.period === period) ?? prices[0];
}

/** A price with its period. */
export function priceSays({ amount, currency, period }: PlanPrice): string {
  const money = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    maximumFractionDigits: 3,
    trailingZeroDisplay: 'stripIfInteger',
  });
  // As text: every decimal counts, and the API says that it is a number.
  const says = money.format(amount as `${number}`);
  return `${says} per ${period === 'yearly' ? 'year' : 'month'}`;
}
