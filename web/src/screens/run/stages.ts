/** Where each part of a run stands, asset by asset. */
import type { Job } from '@/client';

/** In the order a part goes through them; a running one says its stage by itself. */
export const STAGES = {
  queued: 'Waiting',
  running: 'Begun',
  ports: 'Ports',
  dns: 'Names',
  services: 'Services',
  http: 'HTTP',
  tls: 'TLS',
  reporting: 'Reporting',
  processing: 'Applying',
  completed: 'Settled',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const;
export type Stage = keyof typeof STAGES;

const OF_RUNNING = new Set<string>(['ports', 'dns', 'services', 'http', 'tls', 'reporting']);

/** Where a part is: what its state says and, while it runs, what was heard of it last. */
export function stageOf(job: Pick<Job, 'id' | 'state'>, heard: Readonly<Record<string, string>>) {
  const said = job.state === 'running' ? (heard[job.id] ?? '') : '';
  return OF_RUNNING.has(said) ? (said as Stage) : job.state;
}

/** One asset: how many of its parts are at which stage. */
export interface AssetStages {
  readonly asset: string;
  readonly parts: number;
  readonly at: Readonly<Partial<Record<Stage, number>>>;
}

/** What wants to be seen first: failed, then what is under way, then what waits, then the rest. */
function rank({ at, parts }: AssetStages): number {
  if (at.failed) return 0;
  const settled = (at.completed ?? 0) + (at.cancelled ?? 0);
  if (parts > 0 && settled === parts) return 3;
  return parts > 0 && (at.queued ?? 0) < parts - settled ? 1 : 2;
}

/** A row an asset of the run, in that order. */
export function byAsset(
  assets: readonly string[],
  jobs: readonly Job[],
  heard: Readonly<Record<string, string>>,
): AssetStages[] {
  const counts = new Map(assets.map((id) => [id, new Map<Stage, number>()]));
  for (const job of jobs) {
    const stage = stageOf(job, heard);
    // A gateway of the version before says none.
    for (const id of job.asset_ids ?? []) {
      const at = counts.get(id);
      at?.set(stage, (at.get(stage) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([asset, at]) => ({
      asset,
      parts: [...at.values()].reduce((sum, n) => sum + n, 0),
      at: Object.fromEntries(at),
    }))
    .sort((a, b) => rank(a) - rank(b));
}
