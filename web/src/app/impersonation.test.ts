import { expect, it } from 'vitest';
import { hasEnded, minutesLeft } from './impersonation';

it('counts the minutes that were begun, and never below none', () => {
  const now = new Date('2026-11-21T06:00:00Z');
  expect(minutesLeft('2026-11-21T06:29:01Z', now)).toBe(30);
  expect(minutesLeft('2026-11-21T06:00:01Z', now)).toBe(1);
  expect(minutesLeft('2026-11-21T05:00:00Z', now)).toBe(0);
});

it('notices that a look is over, and not that one began', () => {
  expect(hasEnded(undefined, undefined)).toBe(false);
  expect(hasEnded(undefined, 'imp_1')).toBe(false);
  expect(hasEnded('imp_1', 'imp_1')).toBe(false);
  expect(hasEnded('imp_1', undefined)).toBe(true);
  expect(hasEnded('imp_1', 'imp_2')).toBe(true);
});
