import { describe, expect, it } from 'vitest';
import { ago, duration } from './moment';
import { place } from './words';

const now = new Date('2026-11-21T06:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

describe('how long ago', () => {
  it.each([
    [3, 'just now'],
    [50, '50 sec. ago'],
    [59 * 60, '59 min. ago'],
    [3 * 3600 + 1800, '3 hr. ago'],
    [86_400, 'yesterday'],
    [-7200, 'in 2 hr.'],
  ])('%d s is %s', (seconds, said) => {
    expect(ago(before(seconds), now)).toBe(said);
  });
});

it('says durations in the unit that fits', () => {
  expect(duration(4)).toBe('4 ms');
  expect(duration(4_230)).toBe('4.2 s');
  expect(duration(192_000)).toBe('3 min 12 s');
  expect(duration(3_840_000)).toBe('1 h 04 min');
  expect(duration(442_800_000)).toBe('5 d 3 h');
});

it('brackets IPv6 so that the port can be told apart', () => {
  expect(place('::1', 8080)).toBe('[::1]:8080');
  expect(place('example.com', 0)).toBe('example.com');
});
