/** What the events of a time add up to, day by day; UTC days, so that everybody counts the same. */
import type { Event, Run } from '@/client';

const DAY_MS = 86_400_000;

/** One day. */
export interface Day {
  /** `2026-11-21` */
  readonly day: string;
  readonly appeared: number;
  readonly fixed: number;
  /** Whether a run ended on it; without one, nothing could be seen, which is not "nothing". */
  readonly looked: boolean;
}

const dayOf = (at: string | number) => new Date(at).toISOString().slice(0, 10);

/** Every day from `from` to `to`, both included, oldest first. */
export function byDay(
  events: readonly Pick<Event, 'type' | 'at'>[],
  runs: readonly Pick<Run, 'finished_at'>[],
  from: Date,
  to: Date,
): Day[] {
  const looked = new Set(runs.flatMap((run) => (run.finished_at ? [dayOf(run.finished_at)] : [])));
  const days = new Map<string, { appeared: number; fixed: number }>();
  for (let at = from.getTime(); dayOf(at) <= dayOf(to.getTime()); at += DAY_MS)
    days.set(dayOf(at), { appeared: 0, fixed: 0 });
  for (const event of events) {
    const day = days.get(dayOf(event.at));
    if (!day) continue;
    if (event.type === 'NEW' || event.type === 'REOPENED') day.appeared += 1;
    else if (event.type === 'FIXED') day.fixed += 1;
  }
  return [...days].map(([day, { appeared, fixed }]) => ({
    day,
    appeared,
    fixed,
    looked: looked.has(day) || appeared + fixed > 0,
  }));
}

/**
 * Mean milliseconds from appearing to being seen gone, of those whose both ends are among the
 * events; nothing if there are none.
 */
export function meanTimeToFix(
  events: readonly Pick<Event, 'type' | 'at' | 'key'>[],
): { ms: number; of: number } | undefined {
  const appeared = new Map<string, number>();
  const took: number[] = [];
  for (const event of [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    if (event.type === 'NEW' || event.type === 'REOPENED')
      appeared.set(event.key, Date.parse(event.at));
    const since = appeared.get(event.key);
    if (event.type !== 'FIXED' || since === undefined) continue;
    took.push(Date.parse(event.at) - since);
    appeared.delete(event.key);
  }
  if (took.length === 0) return undefined;
  return { ms: took.reduce((sum, ms) => sum + ms, 0) / took.length, of: took.length };
}
