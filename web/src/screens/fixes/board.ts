/** Where an exposure stands on its way to being proven fixed. */
import type { Exposure, Run } from '@/client';
import { isOver } from '@/say/words';

export const COLUMNS = ['in_progress', 'verifying', 'fixed', 'still_open', 'inconclusive'] as const;
export type Column = (typeof COLUMNS)[number];

/** What the board needs to know of an exposure. */
type Subject = Pick<Exposure, 'key' | 'state' | 'decision'>;
/** What the board needs to know of a verify run. */
type Verification = Pick<Run, 'state' | 'exposure_keys'>;

/**
 * The column, or none for what nobody is fixing. `runs` are verify runs, newest first; the newest
 * one that looked at the exposure counts, whoever asked for it, and silence is never a fix.
 */
export function columnOf(it: Subject, runs: readonly Verification[]): Column | undefined {
  const newest = runs.find((run) => run.exposure_keys?.includes(it.key));
  if (newest && !isOver(newest.state)) return 'verifying';
  if (it.state === 'fixed') return 'fixed';
  if (it.state !== 'open' && it.state !== 'unresponsive') return undefined;
  if (newest) return it.state === 'unresponsive' ? 'inconclusive' : 'still_open';
  const isBeingFixed = it.decision === 'fix_in_progress' || it.decision === 'request_verify';
  return isBeingFixed ? 'in_progress' : undefined;
}

/** Exposures that a verify run looked at and that are not among the known. */
export function unknownKeys(runs: readonly Verification[], known: ReadonlySet<string>): string[] {
  const keys = new Set(runs.flatMap((run) => run.exposure_keys ?? []));
  return [...keys].filter((key) => !known.has(key));
}
