import { describe, expect, it } from 'vitest';
import { columnOf, unknownKeys } from './board';

const open = { key: 'exp1_a', state: 'open', decision: 'fix_in_progress' } as const;
const run = (state: 'running' | 'completed', key = 'exp1_a') => ({ state, exposure_keys: [key] });

describe('the board', () => {
  it('waits for a verification before it says anything', () => {
    expect(columnOf(open, [])).toBe('in_progress');
    expect(columnOf(open, [run('completed', 'exp1_other')])).toBe('in_progress');
  });

  it('shows the newest verification, not an older one', () => {
    expect(columnOf(open, [run('running'), run('completed')])).toBe('verifying');
    expect(columnOf(open, [run('completed'), run('running')])).toBe('still_open');
  });

  it('calls silence inconclusive', () => {
    expect(columnOf({ ...open, state: 'unresponsive' }, [run('completed')])).toBe('inconclusive');
  });

  it('leaves out what nobody is fixing', () => {
    expect(columnOf({ key: 'exp1_a', state: 'open' }, [])).toBeUndefined();
    expect(columnOf({ ...open, state: 'retired' }, [])).toBeUndefined();
  });

  it('shows what was verified without anybody saying that they fix it', () => {
    const silent = { key: 'exp1_a', state: 'unresponsive' } as const;
    expect(columnOf(silent, [run('completed')])).toBe('inconclusive');
    expect(unknownKeys([run('completed'), run('running', 'exp1_b')], new Set(['exp1_a']))).toEqual([
      'exp1_b',
    ]);
  });

  it('keeps what is proven', () => {
    expect(columnOf({ ...open, state: 'fixed' }, [run('completed')])).toBe('fixed');
  });
});
