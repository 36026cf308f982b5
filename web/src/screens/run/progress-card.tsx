/** The states of a run in a row, and the bar of settled cells. */
import { Progress as Base } from '@base-ui/react/progress';
import { Check } from 'lucide-react';
import type { Run } from '@/client';
import { duration } from '@/say/moment';
import { isOver, type RunState, runStateWord } from '@/say/words';
import { Badge } from '@/ui/badge';
import { classes } from '@/ui/classes';
import { Inert } from '@/ui/inert';
import { useNow } from '@/ui/moment';
import { Card } from '@/ui/screen';
import { type Progress, percent, STALLED_MS } from './progress';

const WAY: readonly RunState[] = ['created', 'queued', 'running', 'processing'];

export function ProgressCard({ run, progress }: { run: Run; progress: Progress }) {
  const now = useNow().getTime();
  const over = isOver(run.state);
  const reached = over ? WAY.length : WAY.indexOf(run.state);
  const way = [...WAY, over ? run.state : 'completed'] as const;
  const isStalled =
    run.state === 'running' && progress.heardAt > 0 && now - progress.heardAt > STALLED_MS;
  const done = percent(progress);
  return (
    <Card>
      <ol
        aria-label="States of the run"
        className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm"
      >
        {way.map((state, at) => (
          <li
            key={state}
            aria-current={at === reached ? 'step' : undefined}
            className={classes(
              'flex items-center gap-1.5',
              at === reached ? 'font-semibold text-accent' : 'text-ink-muted',
            )}
          >
            {at > 0 && (
              <span aria-hidden className="text-line-strong">
                →
              </span>
            )}
            {at < reached && <Check size={14} aria-label="passed" className="text-good" />}
            {runStateWord[state]}
          </li>
        ))}
        {isStalled && (
          <li>
            <Badge tone="medium">{`Stalled: nothing heard for ${duration(now - progress.heardAt)}`}</Badge>
          </li>
        )}
      </ol>
      <Base.Root value={done} aria-label="Settled cells" className="grid gap-1.5">
        <Base.Track className="h-2.5 overflow-hidden rounded-full bg-sunken">
          <Base.Indicator className="h-full rounded-full bg-accent transition-[width] duration-300" />
        </Base.Track>
      </Base.Root>
      <p className="flex flex-wrap justify-between gap-2 text-[0.8125rem] text-ink-muted tabular-nums">
        <span>
          {progress.settled.toLocaleString('en')} of {progress.planned.toLocaleString('en')} cells
          settled ({done} %)
        </span>
        {!over && progress.stage !== '' && (
          <span>
            <Inert>{progress.stage}</Inert> <Inert>{progress.host}</Inert>
          </span>
        )}
        <span>
          {run.jobs.done} of {run.jobs.total} jobs done
          {run.jobs.failed > 0 && `, ${run.jobs.failed} failed`}
        </span>
      </p>
      {run.notice && (
        <p role="status" className="text-sm font-medium text-danger">
          Waiting: <Inert>{run.notice}</Inert>
        </p>
      )}
      {run.reason && run.state !== 'completed' && (
        <p className="text-sm">
          Reason: <Inert>{run.reason}</Inert>
        </p>
      )}
      {run.refused && run.refused.length > 0 && (
        <ul className="list-disc pl-5 text-sm">
          {run.refused.map((refused) => (
            <li key={refused.asset_id}>
              Left out {refused.asset_id}: <Inert>{refused.reason}</Inert>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
