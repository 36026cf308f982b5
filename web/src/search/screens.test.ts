import { describe, expect, it } from 'vitest';
import { changesSearch, exposuresSearch, sitePath } from './screens';

describe('a shared address', () => {
  it('keeps what is known and drops what is not', () => {
    expect(changesSearch({ type: 'NEW,BOGUS', severity: 'high', since: '3 weeks' })).toMatchObject({
      type: ['NEW'],
      severity: 'high',
      since: undefined,
    });
    expect(exposuresSearch({ state: '', decision: '<b>' })).toMatchObject({
      state: undefined,
      decision: undefined,
    });
  });
});

describe('where to go on after signing in', () => {
  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 7])(
    'is never %s',
    (value) => {
      expect(sitePath(value)).toBeUndefined();
    },
  );
  it('keeps the filters', () => {
    expect(sitePath('/o/a/changes?type=NEW')).toBe('/o/a/changes?type=NEW');
  });
});
