import { expect, it } from 'vitest';
import { byDay, meanTimeToFix } from './trend';

const at = (day: number, hour = 12) => `2026-11-${day}T${hour}:00:00Z`;
const event = (type: 'NEW' | 'REOPENED' | 'FIXED' | 'CHANGED', when: string, key = 'exp1_a') => ({
  type,
  at: when,
  key,
});

it('has every day, and tells nothing found from nothing looked at', () => {
  const days = byDay(
    [
      event('NEW', at(19)),
      event('REOPENED', at(19)),
      event('FIXED', at(21)),
      event('CHANGED', at(21)),
    ],
    [{ finished_at: at(20) }, { finished_at: null }],
    new Date(at(18)),
    new Date(at(21)),
  );
  expect(days).toEqual([
    { day: '2026-11-18', appeared: 0, fixed: 0, looked: false },
    { day: '2026-11-19', appeared: 2, fixed: 0, looked: true },
    { day: '2026-11-20', appeared: 0, fixed: 0, looked: true },
    { day: '2026-11-21', appeared: 0, fixed: 1, looked: true },
  ]);
});

it('has its last day whatever the hours are', () => {
  const days = byDay([], [], new Date(at(19, 23)), new Date(at(21, 10)));
  expect(days.map(({ day }) => day.slice(-2))).toEqual(['19', '20', '21']);
});

it('takes the time to a fix from what it saw begin and end', () => {
  const hours = (n: number) => n * 3_600_000;
  expect(meanTimeToFix([event('FIXED', at(20))])).toBeUndefined();
  expect(
    meanTimeToFix([
      event('FIXED', at(20, 14)),
      event('NEW', at(20, 12)),
      event('NEW', at(19), 'exp1_b'),
      event('REOPENED', at(21, 10)),
      event('FIXED', at(21, 14)),
    ]),
  ).toEqual({ ms: hours(3), of: 2 });
});
