import { describe, expect, it } from 'vitest';
import { changesSearch, exposuresSearch, sitePath } from './screens';

describe('a shared address', () => {
  it('keeps what is known and drops what is not', () => {
    expect(changesSearch({ type: 'NEW,BOGUS', severity: 'high', since: '3 weeks' })).toMatchObject({
      type: ['NEW'],
      severity: 'high',
      since: undefined,
    });
    expect(exposuresSearch({ state: '', decision: '<b>', sort: 'size' })).toMatchObject({
      filter: undefined,
      sort: undefined,
    });
  });

  it('from before there was one box means the same as ever', () => {
    const { filter } = exposuresSearch({ state: 'open,fixed', severity: 'high', q: 'git repo' });
    expect(filter).toBe('"git repo" state:open,fixed severity>=high');
    expect(exposuresSearch({ filter: 'port:443', q: 'x' }).filter).toBe('port:443');
    expect(exposuresSearch({ asset: 'ast_1 state:open' }).filter).toBe('asset:ast_1');
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
