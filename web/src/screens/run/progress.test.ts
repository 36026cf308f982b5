import { describe, expect, it } from 'vitest';
import { afterEvent, afterRead, NOTHING_YET, percent } from './progress';

const event = (job: string, settled: number) => ({
  job_id: job,
  cells_planned: 100,
  cells_settled: settled,
});

describe('progress', () => {
  it('never goes back, whatever arrives late or twice', () => {
    const heard = [
      event('a', 30),
      event('b', 20),
      event('a', 10),
      event('b', 25),
      event('b', 20),
      event('a', 31),
    ];
    let progress = afterRead(NOTHING_YET, { planned: 100, settled: 0 }, 1);
    const shown = heard.map((data, at) => {
      progress = afterEvent(progress, data, at);
      progress = afterRead(progress, { planned: 100, settled: 5 }, at);
      return percent(progress);
    });
    expect(shown).toEqual([30, 50, 50, 55, 55, 56]);
  });

  it('is whole only when every cell has settled', () => {
    const almost = afterRead(NOTHING_YET, { planned: 1000, settled: 999 }, 1);
    expect(percent(almost)).toBe(99);
    expect(percent(afterRead(almost, { planned: 1000, settled: 1000 }, 2))).toBe(100);
  });

  it('does not take nonsense for progress', () => {
    const progress = afterEvent(NOTHING_YET, { cells_settled: 'many', cells_planned: -4 }, 1);
    expect(percent(progress)).toBe(0);
    expect(
      percent(
        afterEvent(afterRead(NOTHING_YET, { planned: 10, settled: 1 }, 1), event('a', 900), 2),
      ),
    ).toBe(100);
  });
});
