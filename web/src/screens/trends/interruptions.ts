/** What a trend could not see: days without a scan, and scans that failed or brought only a part. */
import { useQuery } from '@tanstack/react-query';
import { useMay } from '@/app/session';
import type { Run } from '@/client';
import { listScansOptions } from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import type { Day } from './days';

/** Runs of each state that are asked for, newest first: as many as the API gives at once. */
const RUNS = 200;

/** Days in a row on which nothing was looked at; both ends included. */
export interface Gap {
  readonly from: string;
  readonly to: string;
  readonly days: number;
}

/** The gaps among these days. Today alone is none: it is not over. */
export function gapsOf(days: readonly Day[], today: string): Gap[] {
  const gaps: { from: string; to: string; days: number }[] = [];
  let isOpen = false;
  for (const { day, looked } of days) {
    const last = gaps.at(-1);
    if (!looked && isOpen && last) {
      last.to = day;
      last.days += 1;
    } else if (!looked) gaps.push({ from: day, to: day, days: 1 });
    isOpen = !looked;
  }
  return gaps.filter(({ from }) => from !== today);
}

/** The UTC day a run belongs to, as trends count. */
export const dayOf = (run: Run) => (run.finished_at ?? run.created_at).slice(0, 10);

/** What is said of a day with these runs. */
export function failedWord(runs: readonly Run[]): string {
  const failed = runs.filter(({ state }) => state === 'failed').length;
  const partial = runs.length - failed;
  return [
    failed > 0 && `${count(failed, 'scan')} failed`,
    partial > 0 && `${count(partial, 'scan')} failed in part`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Scans that failed or brought only a part, by day; of everything or of one asset. */
export function useFailedRuns(asset: string | undefined, enabled: boolean) {
  const mayRead = useMay('runs:read') && enabled;
  const query = (state: 'failed' | 'partial') => ({
    ...listScansOptions({ query: { state, limit: RUNS, ...(asset && { asset_id: asset }) } }),
    enabled: mayRead,
  });
  const failed = useQuery(query('failed'));
  const partial = useQuery(query('partial'));
  const byDay = new Map<string, Run[]>();
  for (const run of [...(failed.data?.items ?? []), ...(partial.data?.items ?? [])]) {
    // A check whether something is mended says nothing of how all goes.
    if (run.kind === 'verify') continue;
    const day = dayOf(run);
    byDay.set(day, [...(byDay.get(day) ?? []), run]);
  }
  return {
    byDay,
    isKnown: mayRead,
    error: failed.error ?? partial.error,
    refetch: () => Promise.all([failed.refetch(), partial.refetch()]),
  };
}
