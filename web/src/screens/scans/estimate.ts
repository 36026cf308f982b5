/** How long a scan will take, judged by how long those before it took. */
import type { Plan, Run } from '@/client';
import { count } from '@/say/words';

/** Runs looked at: the newest of the same profile and pool. */
const RUNS = 20;
const SECOND = 1_000;
const MINUTE = 60_000;

/** From when its first part began to when its last result was applied, milliseconds. */
function tookOf(run: Run): number | undefined {
  if (run.state !== 'completed' || !run.started_at || !run.finished_at) return undefined;
  const took = Date.parse(run.finished_at) - Date.parse(run.started_at);
  return run.cells.settled > 0 && took > 0 ? took : undefined;
}

export interface Estimate {
  /** Milliseconds; half of the runs before were between. */
  readonly from: number;
  readonly to: number;
  /** Runs it is judged by. */
  readonly runs: number;
}

/** From whole runs of this profile by the same scanners; nothing where there was none. */
export function estimate(
  plan: Pick<Plan, 'cells'>,
  wanted: { profile: Run['profile']; pool: string },
  before: readonly Run[],
): Estimate | undefined {
  const alike = before
    .filter((run) => run.profile === wanted.profile && run.kind !== 'verify')
    // Without a choice the API takes the default pool, whichever that is.
    .filter((run) => wanted.pool === '' || run.pool === wanted.pool)
    .flatMap((run) => {
      const took = tookOf(run);
      return took === undefined ? [] : [{ took, cells: run.cells.settled }];
    })
    .slice(0, RUNS);
  if (alike.length === 0) return undefined;
  // What a run costs however small it is, and what each of its cells costs.
  const least = Math.min(...alike.map(({ took }) => took));
  const guesses = alike
    .map(({ took, cells }) => Math.max(least, (took / cells) * plan.cells))
    .sort((a, b) => a - b);
  const at = (share: number) => guesses[Math.floor((guesses.length - 1) * share)] ?? least;
  return { from: at(0.25), to: at(0.75), runs: alike.length };
}

/** `less than a minute`, `about 3 minutes`, `2 to 5 minutes`, `about 2 hours`. */
export function estimateWord({ from, to }: Pick<Estimate, 'from' | 'to'>): string {
  if (to < MINUTE - SECOND) return 'less than a minute';
  const least = Math.max(1, Math.round(from / MINUTE));
  const most = Math.max(least, Math.round(to / MINUTE));
  if (least >= 120) {
    const [a, b] = [Math.round(least / 60), Math.round(most / 60)];
    return a === b ? `about ${a} hours` : `${a} to ${b} hours`;
  }
  return least === most ? `about ${count(most, 'minute')}` : `${least} to ${most} minutes`;
}
