import { describe, expect, it } from 'vitest';
import { verdict } from './verdict';

describe('the verdict', () => {
  it('never calls silence a fix', () => {
    for (const reason of ['refused', 'timeout', '', 'something_new']) {
      expect(verdict({ state: 'unresponsive', unresponsive_reason: reason })).toMatch(
        /^It is not proven fixed/,
      );
    }
  });

  it('does not take withdrawal for a fix', () => {
    expect(verdict({ state: 'retired' })).toContain('not a fix');
    expect(verdict({ state: 'stale_check' })).toContain('not a fix');
  });

  it('says fixed only of what is fixed', () => {
    expect(verdict({ state: 'fixed' })).toMatch(/^It is fixed/);
    expect(verdict({ state: 'open', decision: 'fix_in_progress' })).toMatch(/^It is open/);
  });
});
