import { describe, expect, it } from 'vitest';
import type { EventType } from '@/say/words';
import { difference, reservations } from './difference';

/** Events of one exposure in their order, given in another. */
const history = (...types: EventType[]) =>
  types
    .map((type, nth) => ({ key: 'exp1_a', type, at: new Date(nth * 60_000).toISOString() }))
    .reverse();
const groupsOf = (...types: EventType[]) =>
  Object.entries(difference(history(...types)))
    .filter(([, events]) => events.length > 0)
    .map(([group]) => group);

describe('between two runs', () => {
  it.each<[string | undefined, EventType[]]>([
    ['appeared', ['NEW']],
    ['appeared', ['NEW', 'CHANGED', 'STILL_OPEN']],
    ['appeared', ['REOPENED']],
    ['appeared', ['RESPONSIVE']],
    ['fixed', ['FIXED']],
    ['fixed', ['STILL_OPEN', 'UNRESPONSIVE', 'RESPONSIVE', 'FIXED']],
    ['silent', ['UNRESPONSIVE']],
    ['silent', ['NEW', 'UNRESPONSIVE']],
    ['changed', ['STILL_OPEN', 'CHANGED']],
    ['passed', ['NEW', 'FIXED']],
    ['passed', ['REOPENED', 'FIXED']],
    [undefined, ['STILL_OPEN']],
    [undefined, ['FIXED', 'REOPENED', 'RETIRED']],
    [undefined, ['RESPONSIVE', 'UNRESPONSIVE']],
  ])('%s: %j', (group, types) => {
    expect(groupsOf(...types)).toEqual(group ? [group] : []);
  });

  it('never calls silence fixed, however it came about', () => {
    const types: EventType[] = ['NEW', 'CHANGED', 'UNRESPONSIVE', 'RESPONSIVE', 'REOPENED'];
    for (const first of types) expect(groupsOf(first, 'UNRESPONSIVE')).not.toContain('fixed');
  });
});

it('says what stands against comparing', () => {
  const run = {
    asset_ids: ['ast_1', 'ast_2'],
    profile: 'baseline',
    policy: 'safe',
    state: 'completed',
    kind: 'on_demand',
  } as const;
  expect(
    reservations(
      { ...run, asset_ids: [...run.asset_ids] },
      { ...run, asset_ids: ['ast_2', 'ast_1'] },
    ),
  ).toEqual([]);
  expect(
    reservations(
      { ...run, asset_ids: ['ast_1'], state: 'partial' },
      { ...run, asset_ids: ['ast_2', 'ast_3'], profile: 'deep' },
    ),
  ).toEqual([
    '1 asset was looked at only by the earlier.',
    '2 assets were looked at only by the later.',
    'They did not look equally hard: profile or policy differ.',
    'Not both of them looked at everything they meant to.',
  ]);
});
