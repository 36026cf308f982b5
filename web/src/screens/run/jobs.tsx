/** The jobs of a run: who does which part, and how it ended. */
import { useQuery } from '@tanstack/react-query';
import type { Job } from '@/client';
import { listJobsOptions, listTransitionsOptions } from '@/client/@tanstack/react-query.gen';
import { runStateWord } from '@/say/words';
import { Badge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';

/** Milliseconds between looks while jobs run. */
const LOOK_MS = 5_000;
/** Asked for at once: as many as the API gives. */
const JOBS = 200;
/** Listed one by one; the grid counts the others. */
const LISTED = 50;

const TONE: Record<Job['state'], 'info' | 'accent' | 'good' | 'critical'> = {
  queued: 'info',
  running: 'accent',
  processing: 'accent',
  completed: 'good',
  failed: 'critical',
  cancelled: 'info',
};

/** The newest jobs of a run; whoever shows them shares the question. */
export function useJobs(runId: string, over: boolean) {
  return useQuery({
    ...listJobsOptions({ path: { run_id: runId }, query: { limit: JOBS } }),
    refetchInterval: over ? false : LOOK_MS,
  });
}

export function Jobs({ runId, over }: { runId: string; over: boolean }) {
  const jobs = useJobs(runId, over);
  const items = jobs.data?.items ?? [];
  const transitions = useQuery(listTransitionsOptions({ path: { run_id: runId } }));
  return (
    <>
      <Card title="Jobs">
        {jobs.isPending && <Waiting what="the jobs" />}
        {jobs.isError && <ProblemNotice error={jobs.error} retry={() => void jobs.refetch()} />}
        {jobs.data?.items.length === 0 && (
          <p className="text-sm text-ink-muted">Not planned yet.</p>
        )}
        <ul className="grid gap-2 text-sm">
          {items.slice(0, LISTED).map((job) => (
            <li key={job.id} className="flex flex-wrap items-center gap-2">
              <Badge tone={TONE[job.state]}>{runStateWord[job.state]}</Badge>
              <code className="font-mono text-xs">{job.id.slice(-6)}</code>
              <span className="tabular-nums">
                {job.cells.settled.toLocaleString('en')} / {job.cells.planned.toLocaleString('en')}{' '}
                cells
              </span>
              {job.attempt > 1 && <span className="text-ink-muted">attempt {job.attempt}</span>}
              {job.reason && (
                <span className="text-ink-muted">
                  <Inert>{job.reason}</Inert>
                </span>
              )}
            </li>
          ))}
        </ul>
        {items.length > LISTED && (
          <p className="text-sm text-ink-muted">
            {items.length - LISTED} more are counted in the stages of the assets.
          </p>
        )}
      </Card>
      <Card title="History">
        {transitions.isError && <ProblemNotice error={transitions.error} />}
        <ol className="grid gap-1.5 text-sm">
          {transitions.data?.items.map((each, nth) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: transitions are append-only
            <li key={nth}>
              <span className="font-medium">{each.to_state}</span>
              {each.job_id && (
                <span className="text-ink-muted"> (job {each.job_id.slice(-6)})</span>
              )}
              <span className="text-ink-muted">
                {' '}
                · <Inert>{each.cause}</Inert> · <Moment at={each.at} />
              </span>
            </li>
          ))}
        </ol>
      </Card>
    </>
  );
}
