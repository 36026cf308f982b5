/** How rows that were read are put together and ordered. The API's own order is worst first. */
import type { Exposure } from '@/client';
import { SEVERITIES, severityWord } from '@/say/words';
import type { GROUPS, SORTS } from '@/search/screens';

export type Group = (typeof GROUPS)[number];
export type Sort = (typeof SORTS)[number];

/** What the list is ordered by, and what it is put together by, as people read it. */
export const sortWord: Record<Sort, string> = {
  score: 'Most urgent first',
  first_seen: 'Newest',
  last_seen: 'Seen last',
  host: 'Host',
  title: 'Name',
};
export const groupWord: Record<Group, string> = {
  asset: 'Asset',
  check: 'Check',
  severity: 'Severity',
};

const by: Record<Sort, (a: Exposure, b: Exposure) => number> = {
  // As the API gives them; pages that were read at other moments fit together again.
  score: (a, b) => b.score - a.score,
  first_seen: (a, b) => b.first_seen.localeCompare(a.first_seen),
  last_seen: (a, b) => b.last_seen.localeCompare(a.last_seen),
  host: (a, b) => a.host.localeCompare(b.host) || a.port - b.port,
  title: (a, b) => a.title.localeCompare(b.title),
};

/** The rows in another order; equal ones stay as they came. */
export function sorted(items: readonly Exposure[], sort: Sort | undefined): readonly Exposure[] {
  return sort ? items.toSorted(by[sort]) : items;
}

/** The head of rows that belong together. */
export interface Head {
  readonly head: string;
  readonly rows: number;
}

/** The rows with a head before those that belong together; groups stand as their first row did. */
export function grouped(
  items: readonly Exposure[],
  group: Group | undefined,
): readonly (Exposure | Head)[] {
  if (!group) return items;
  const together = new Map<string, Exposure[]>();
  for (const item of items) {
    const name = nameOf(item, group);
    const those = together.get(name);
    if (those) those.push(item);
    else together.set(name, [item]);
  }
  const heads = [...together];
  if (group === 'severity')
    heads.sort(([a], [b]) => WORST_FIRST.indexOf(a) - WORST_FIRST.indexOf(b));
  return heads.flatMap(([head, those]) => [{ head, rows: those.length }, ...those]);
}

const WORST_FIRST: readonly string[] = SEVERITIES.map((word) => severityWord[word]);

/** An asset is shown by the host it was seen on: that is how people know it. */
function nameOf(item: Exposure, group: Group): string {
  if (group === 'asset') return item.host;
  return group === 'check' ? item.check_id : severityWord[item.severity];
}

/** Whether it heads rows, and is none. */
export function isHead(row: Exposure | Head): row is Head {
  return 'head' in row;
}
