import { describe, expect, it } from 'vitest';
import type { Run } from '@/client';
import { estimate, estimateWord } from './estimate';

const MINUTE = 60_000;
const AT = Date.parse('2026-11-21T06:00:00Z');
const run = (minutes: number, cells: number, more: Partial<Run> = {}): Run => ({
  id: 'run_1',
  kind: 'on_demand',
  profile: 'baseline',
  policy: 'safe',
  state: 'completed',
  pool: 'shared',
  asset_ids: [],
  seq: 1,
  created_at: new Date(AT - 3_600_000).toISOString(),
  started_at: new Date(AT).toISOString(),
  finished_at: new Date(AT + minutes * MINUTE).toISOString(),
  jobs: { total: 1, done: 1, failed: 0 },
  cells: { planned: cells, settled: cells },
  requested_by: 'usr_1',
  ...more,
});
const wanted = { profile: 'baseline', pool: '' } as const;

describe('how long a scan takes', () => {
  it('grows with what is looked at, without the time it waited', () => {
    const before = [run(2, 1_000)];
    expect(estimate({ cells: 3_000 }, wanted, before)).toEqual({
      from: 6 * MINUTE,
      to: 6 * MINUTE,
      runs: 1,
    });
    // Nothing is faster than the fastest that was seen.
    expect(estimate({ cells: 1 }, wanted, before)?.from).toBe(2 * MINUTE);
  });

  it('is as wide as the middle half of the runs before', () => {
    const before = [1, 2, 3, 4, 90].map((minutes) => run(minutes, 1_000));
    expect(estimate({ cells: 1_000 }, wanted, before)).toEqual({
      from: 2 * MINUTE,
      to: 4 * MINUTE,
      runs: 5,
    });
  });

  it('is made up from no other profile, pool, verification or part of a run', () => {
    const before = [
      run(1, 10, { profile: 'deep' }),
      run(1, 10, { kind: 'verify' }),
      run(1, 10, { state: 'partial' }),
      run(1, 0),
      run(1, 10, { started_at: null }),
      run(-5, 10),
    ];
    expect(estimate({ cells: 10 }, wanted, before)).toBeUndefined();
    const other = [run(1, 10, { pool: 'pol_1' })];
    expect(estimate({ cells: 10 }, { ...wanted, pool: 'shared' }, other)).toBeUndefined();
    expect(estimate({ cells: 10 }, { ...wanted, pool: 'pol_1' }, other)?.runs).toBe(1);
  });

  it.each([
    [0.2, 0.4, 'less than a minute'],
    [0.4, 1, 'about 1 minute'],
    [2.8, 3, 'about 3 minutes'],
    [2, 4.2, '2 to 4 minutes'],
    [3.8, 3.8, 'about 4 minutes'],
    [119, 130, '119 to 130 minutes'],
    [130, 170, '2 to 3 hours'],
    [170, 180, 'about 3 hours'],
  ])('is from %d to %d minutes "%s"', (from, to, says) => {
    expect(estimateWord({ from: from * MINUTE, to: to * MINUTE })).toBe(says);
  });
});
