/** A run as it happens: where it stands, how far, what it says, how to stop it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useReducer, useRef, useState } from 'react';
import { useMay, useOrg } from '@/app/session';
import type { Run } from '@/client';
import {
  cancelScanMutation,
  getDashboardQueryKey,
  getScanOptions,
  getScanQueryKey,
  listChangesInfiniteQueryKey,
  listExposuresQueryKey,
  listJobsQueryKey,
  listScansOptions,
  listTransitionsQueryKey,
} from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { isOver, policyWord, profileWord, runKindWord } from '@/say/words';
import { RunBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { RequestReport } from '../reports/request-report';
import { Found } from './found';
import { Jobs } from './jobs';
import { type LogLine, LogStream, readLine } from './log-stream';
import { afterEvent, afterRead, NOTHING_YET, type Progress } from './progress';
import { ProgressCard } from './progress-card';
import { RerunFailed, RunLink } from './rerun';
import { StageGrid } from './stage-grid';

const route = getRouteApi('/in/o/$org/scans/$run');

/** Milliseconds between looks, for when the stream is down. */
const LOOK_MS = 5_000;
/** Lines kept on the page. */
const KEPT_LINES = 2_000;

type Step = { read: Run['cells'] } | { event: Record<string, unknown> };
const advance = (progress: Progress, step: Step): Progress =>
  'read' in step
    ? afterRead(progress, step.read, Date.now())
    : afterEvent(progress, step.event, Date.now());

export function RunScreen() {
  const { run: runId } = route.useParams();
  // Another run starts from nothing.
  return <RunOf key={runId} runId={runId} />;
}

function RunOf({ runId }: { runId: string }) {
  const cache = useQueryClient();
  const [progress, step] = useReducer(advance, NOTHING_YET);
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const path = { path: { run_id: runId } };
  const query = useQuery({
    ...getScanOptions(path),
    refetchInterval: (current) =>
      current.state.data && isOver(current.state.data.state) ? false : LOOK_MS,
  });
  const run = query.data;
  useEffect(() => {
    if (run) step({ read: run.cells });
  }, [run]);

  useTopic(`run:${runId}`, ({ type, data }) => {
    if (type === 'scan.progress') step({ event: data });
    else if (type === 'scan.log')
      setLines((kept) => [...kept.slice(1 - KEPT_LINES), readLine(data)]);
    else if (type === 'run.changed' || type === 'resync') {
      void cache.invalidateQueries({ queryKey: getScanQueryKey(path) });
      void cache.invalidateQueries({ queryKey: listJobsQueryKey(path) });
      void cache.invalidateQueries({ queryKey: listTransitionsQueryKey(path) });
    }
  });

  const over = run !== undefined && isOver(run.state);
  const wasOver = useRef(over);
  useEffect(() => {
    if (!over || wasOver.current) return;
    wasOver.current = true;
    for (const queryKey of [
      listChangesInfiniteQueryKey(),
      listExposuresQueryKey(),
      getDashboardQueryKey(),
    ]) {
      void cache.invalidateQueries({ queryKey });
    }
  }, [over, cache]);

  if (query.isPending) return <Waiting what="the run" />;
  if (!run) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  return (
    <Screen
      title={`Scan #${run.seq}`}
      says={
        <span className="flex flex-wrap items-center gap-2">
          <RunBadge state={run.state} />
          {runKindWord[run.kind]} · requested <Moment at={run.created_at} both />
        </span>
      }
      actions={<RunActions run={run} />}
    >
      <ProgressCard run={run} progress={progress} />
      {over && <Found run={run} />}
      <StageGrid run={run} over={over} heard={progress.stages} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <LogStream lines={lines} over={over} name={`run-${run.seq}.log`} />
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
          <AboutRun run={run} />
          <Jobs runId={runId} over={over} />
        </div>
      </div>
    </Screen>
  );
}

function RunActions({ run }: { run: Run }) {
  const org = useOrg();
  const mayScan = useMay('runs:create');
  const mayReport = useMay('reports:create');
  const cache = useQueryClient();
  const cancel = useMutation({
    ...cancelScanMutation(),
    onSuccess: (cancelled) =>
      cache.setQueryData(getScanQueryKey({ path: { run_id: run.id } }), cancelled),
    onError: sayProblem,
  });
  if (isOver(run.state)) {
    return (
      <>
        <ButtonLink to="/o/$org/changes" params={{ org }} search={{ run: run.id }}>
          Changes of this run
        </ButtonLink>
        <CompareBefore run={run} />
        <RerunFailed run={run} />
        {mayScan && run.kind !== 'verify' && (
          <ButtonLink to="/o/$org/scans/new" params={{ org }} search={{ like: run.id }}>
            Scan the same again
          </ButtonLink>
        )}
        {mayReport && run.state !== 'cancelled' && <RequestReport runId={run.id} />}
      </>
    );
  }
  if (!mayScan) return null;
  // The request is accepted at once; the workers stop within moments.
  const isCancelling = cancel.isPending || cancel.isSuccess;
  return (
    <Button
      busy={isCancelling}
      onClick={() =>
        cancel.mutate({ path: { run_id: run.id }, body: { reason: 'cancelled by a member' } })
      }
    >
      {isCancelling ? `Cancelling ${run.jobs.done + run.jobs.failed}/${run.jobs.total}…` : 'Cancel'}
    </Button>
  );
}

/** Runs that are looked through for the one before. */
const BEFORE_MAX = 50;

/** To what is different from the run before; the comparison lets another one be chosen. */
function CompareBefore({ run }: { run: Run }) {
  const org = useOrg();
  const runs = useQuery(listScansOptions({ query: { limit: BEFORE_MAX } }));
  const before = runs.data?.items
    .filter((each) => each.seq < run.seq && each.kind !== 'verify' && isOver(each.state))
    .sort((a, b) => b.seq - a.seq)[0];
  if (!before) return null;
  return (
    <ButtonLink
      to="/o/$org/scans/$run/compare/$with"
      params={{ org, run: before.id, with: run.id }}
    >
      Compare with #{before.seq}
    </ButtonLink>
  );
}

function AboutRun({ run }: { run: Run }) {
  return (
    <Card title="About">
      <Facts
        rows={[
          ['Profile', profileWord[run.profile].name],
          ['Policy', policyWord[run.policy].name],
          ['Assets', run.asset_ids.length.toLocaleString('en')],
          ...(run.exposure_keys && run.exposure_keys.length > 0
            ? ([['Verifies', `${run.exposure_keys.length} exposure(s)`]] as const)
            : []),
          ...(run.schedule
            ? ([['Schedule', <Inert key="schedule">{run.schedule.name}</Inert>]] as const)
            : []),
          ...(run.repeats
            ? ([['Repeats failed parts of', <RunLink key="repeats" to={run.repeats} />]] as const)
            : []),
          ...(run.repeated_by && run.repeated_by.length > 0
            ? ([
                [
                  'Failed parts repeated by',
                  <span key="repeated" className="flex flex-wrap gap-x-3 gap-y-1">
                    {run.repeated_by.map((each) => (
                      <RunLink key={each.id} to={each} />
                    ))}
                  </span>,
                ],
              ] as const)
            : []),
          ...(run.started_at
            ? ([['Started', <Moment key="started" at={run.started_at} both />]] as const)
            : []),
          ...(run.finished_at
            ? ([['Finished', <Moment key="finished" at={run.finished_at} both />]] as const)
            : []),
          ...(run.deadline_at && !run.finished_at
            ? ([
                ['Ends at the latest', <Moment key="deadline" at={run.deadline_at} both />],
              ] as const)
            : []),
          [
            'Id',
            <code key="id" className="font-mono text-xs break-all">
              {run.id}
            </code>,
          ],
        ]}
      />
    </Card>
  );
}
