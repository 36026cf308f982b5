/** What is different after a run from after an earlier one, as the events between them add up. */
import type { Event, Run } from '@/client';
import type { EventType } from '@/say/words';

export const GROUPS = ['appeared', 'fixed', 'silent', 'changed', 'passed'] as const;
export type Group = (typeof GROUPS)[number];

/** How an exposure stood: not there, seen, not answering, or seen gone. */
type Standing = 'absent' | 'open' | 'silent' | 'gone';

/** How it must have stood before an event of this type. */
const BEFORE: Record<EventType, Standing> = {
  NEW: 'absent',
  REOPENED: 'gone',
  CHANGED: 'open',
  STILL_OPEN: 'open',
  FIXED: 'open',
  UNRESPONSIVE: 'open',
  RESPONSIVE: 'silent',
  RETIRED: 'open',
  STALE_CHECK: 'open',
};

/** How it stands after one; withdrawn checks and retired assets say nothing about it. */
const AFTER: Partial<Record<EventType, Standing>> = {
  NEW: 'open',
  REOPENED: 'open',
  CHANGED: 'open',
  STILL_OPEN: 'open',
  RESPONSIVE: 'open',
  FIXED: 'gone',
  UNRESPONSIVE: 'silent',
};

type Seen = Pick<Event, 'key' | 'type' | 'at'>;

/**
 * The newest event of each exposure that is different, by how. `events` are those between the ends
 * of the two runs, in any order. Fixed is only what an event called fixed; silence stays silence.
 */
export function difference<E extends Seen>(events: readonly E[]): Record<Group, E[]> {
  const histories = new Map<string, E[]>();
  for (const event of [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)))
    histories.set(event.key, [...(histories.get(event.key) ?? []), event]);
  const groups = Object.fromEntries(GROUPS.map((group) => [group, [] as E[]])) as Record<
    Group,
    E[]
  >;
  for (const history of histories.values()) {
    const [first, last] = [history[0], history.at(-1)];
    const group = first && last && groupOf(first.type, last.type, history);
    if (group) groups[group].push(last);
  }
  return groups;
}

function groupOf(first: EventType, last: EventType, history: readonly Seen[]): Group | undefined {
  const [before, after] = [BEFORE[first], AFTER[last]];
  if (after === undefined) return undefined;
  if (after === 'silent') return before === 'silent' ? undefined : 'silent';
  if (after === 'gone') return before === 'absent' || before === 'gone' ? 'passed' : 'fixed';
  if (before !== 'open') return 'appeared';
  return history.some(({ type }) => type === 'CHANGED') ? 'changed' : undefined;
}

type Scope = Pick<Run, 'asset_ids' | 'profile' | 'policy' | 'state' | 'kind'>;

/** Why the two cannot be compared as they are, in words; none if nothing stands against it. */
export function reservations(a: Scope, b: Scope): string[] {
  const missing = (from: Scope, of: Scope) =>
    from.asset_ids.filter((id) => !of.asset_ids.includes(id)).length;
  const only = (n: number, which: string) =>
    `${n === 1 ? '1 asset was' : `${n} assets were`} looked at only by the ${which}.`;
  const said: string[] = [];
  if (missing(a, b) > 0) said.push(only(missing(a, b), 'earlier'));
  if (missing(b, a) > 0) said.push(only(missing(b, a), 'later'));
  if (a.profile !== b.profile || a.policy !== b.policy)
    said.push('They did not look equally hard: profile or policy differ.');
  if (a.kind === 'verify' || b.kind === 'verify')
    said.push('A verification looks only at what it was asked to verify.');
  if (a.state !== 'completed' || b.state !== 'completed')
    said.push('Not both of them looked at everything they meant to.');
  return said;
}
