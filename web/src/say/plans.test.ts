import { expect, it } from 'vitest';
import { priceFor, priceSays } from './plans';

const price = (amount: string, currency: string) =>
  priceSays({ period: 'monthly', amount, currency });

it('writes money as its currency is written', () => {
  expect(price('49', 'EUR')).toBe('€49 per month');
  expect(price('49.90', 'EUR')).toBe('€49.90 per month');
  expect(price('6900', 'JPY')).toBe('¥6,900 per month');
  expect(price('14.505', 'KWD')).toBe('KWD\u00a014.505 per month');
  // To the last decimal: a number of JavaScript's would not hold it.
  expect(price('999999999.995', 'BHD')).toBe('BHD\u00a0999,999,999.995 per month');
});

it('takes the period that was asked for, else the one there is', () => {
  const month = { period: 'monthly', amount: '1', currency: 'EUR' };
  const year = { period: 'yearly', amount: '10', currency: 'EUR' };
  expect(priceFor([month, year], 'yearly')).toBe(year);
  expect(priceFor([year], 'monthly')).toBe(year);
  expect(priceFor([], 'monthly')).toBeUndefined();
});
