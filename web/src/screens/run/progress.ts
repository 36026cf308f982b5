/**
 * How far a run is, in the contract's own unit: cells planned and settled.
 *
 * Two sources tell (the run as it was read, and live events that may repeat or arrive late), and
 * neither may turn the bar back.
 */
import type { Run } from '@/client';

export interface Progress {
  readonly planned: number;
  readonly settled: number;
  /** Settled cells by job, as live events told. */
  readonly jobs: Readonly<Record<string, number>>;
  /** The stage each job told of last. */
  readonly stages: Readonly<Record<string, string>>;
  /** What was last being looked at. */
  readonly stage: string;
  readonly host: string;
  /** When something was last heard, milliseconds since the epoch. */
  readonly heardAt: number;
}

export const NOTHING_YET: Progress = {
  planned: 0,
  settled: 0,
  jobs: {},
  stages: {},
  stage: '',
  host: '',
  heardAt: 0,
};

/** Silence after which a running run is called stalled, milliseconds. */
export const STALLED_MS = 90_000;

/** What reading the run adds. */
export function afterRead(progress: Progress, cells: Run['cells'], now: number): Progress {
  const settled = Math.max(progress.settled, cells.settled);
  const planned = Math.max(progress.planned, cells.planned);
  if (settled === progress.settled && planned === progress.planned) return progress;
  return { ...progress, planned, settled, heardAt: Math.max(progress.heardAt, now) };
}

/** What a `scan.progress` event adds. */
export function afterEvent(
  progress: Progress,
  data: Record<string, unknown>,
  now: number,
): Progress {
  const job = typeof data.job_id === 'string' ? data.job_id : '';
  const settledOfJob = Math.max(progress.jobs[job] ?? 0, numberOf(data.cells_settled));
  const jobs = { ...progress.jobs, [job]: settledOfJob };
  const told = Object.values(jobs).reduce((sum, each) => sum + each, 0);
  const planned = Math.max(progress.planned, numberOf(data.cells_planned));
  return {
    planned,
    settled: Math.min(Math.max(progress.settled, told), Math.max(planned, progress.settled)),
    jobs,
    stages:
      typeof data.stage === 'string' && data.stage !== ''
        ? { ...progress.stages, [job]: data.stage }
        : progress.stages,
    stage: typeof data.stage === 'string' ? data.stage : progress.stage,
    host: typeof data.host === 'string' ? data.host : progress.host,
    heardAt: now,
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

/** Hundredths, whole only when all is settled. */
export function percent({ planned, settled }: Progress): number {
  if (planned === 0) return 0;
  return settled >= planned ? 100 : Math.min(99, Math.floor((settled / planned) * 100));
}
