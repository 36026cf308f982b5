/** The parts of a run that brought no result: what a second try would look at, and asking for it. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay, useOrg } from '@/app/session';
import type { Plan, Run, RunRef } from '@/client';
import { listScansQueryKey } from '@/client/@tanstack/react-query.gen';
import { client } from '@/client/client.gen';
import { count, isOver } from '@/say/words';
import { RunBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';

/** Asked through the client itself: the generated functions are part of everybody's first load. */
async function rerun<T>(run: string, dry_run: boolean, key?: string) {
  const { data } = await client.post<{ 200: T }, unknown, true>({
    url: `/api/v1/scans/${run}/rerun`,
    body: { dry_run },
    headers: { 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) },
    throwOnError: true,
  });
  return data as T;
}

const planQuery = (run: string) =>
  queryOptions({
    queryKey: ['rerun', run],
    queryFn: () => rerun<Plan>(run, true),
    // Proofs and windows change: what is shown is as it is now.
    staleTime: 0,
  });

export function RerunFailed({ run }: { run: Run }) {
  const mayScan = useMay('runs:create');
  const mayVerify = useMay('exposures:act');
  const [key, setKey] = useState<string>();
  const may = mayScan && (run.kind !== 'verify' || mayVerify);
  if (!may || !isOver(run.state) || run.jobs.failed === 0) return null;
  return (
    <>
      <Button onClick={() => setKey(crypto.randomUUID())}>Re-run failed parts…</Button>
      <Dialog
        open={key !== undefined}
        onClose={() => setKey(undefined)}
        title="Re-run failed parts"
        says={`${count(run.jobs.failed, 'job')} of ${run.jobs.total} brought no result. A new run looks at exactly what they were to look at.`}
      >
        {key !== undefined && <Ask run={run} idempotencyKey={key} />}
      </Dialog>
    </>
  );
}

/** One opening of the dialog is one request, however often the button is pressed. */
function Ask({ run, idempotencyKey }: { run: Run; idempotencyKey: string }) {
  const org = useOrg();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const plan = useQuery(planQuery(run.id));
  const begin = useMutation({
    mutationFn: () => rerun<Run>(run.id, false, idempotencyKey),
    onSuccess: async (begun) => {
      say(`Scan #${begun.seq} repeats the failed parts of #${run.seq}.`);
      void cache.invalidateQueries({ queryKey: listScansQueryKey() });
      await navigate({ to: '/o/$org/scans/$run', params: { org, run: begun.id } });
    },
  });
  if (plan.isPending) return <Waiting what="what would be scanned" />;
  if (plan.isError) return <ProblemNotice error={plan.error} />;
  const { hosts, jobs, cells, refused } = plan.data;
  return (
    <div className="grid gap-4">
      <p className="text-sm tabular-nums">
        {jobs > 0
          ? `It would look at ${count(hosts, 'host')} in ${count(jobs, 'job')}, ${count(cells, 'check')} in all.`
          : 'Nothing of it may be scanned now.'}
      </p>
      {refused.length > 0 && (
        <ul className="list-disc pl-5 text-sm">
          {refused.map((each) => (
            <li key={`${each.asset_id} ${each.code}`}>
              Left out: <Inert>{each.reason}</Inert>
            </li>
          ))}
        </ul>
      )}
      <ProblemNotice error={begin.error} />
      <div>
        <Button
          look="primary"
          disabled={jobs === 0}
          busy={begin.isPending}
          onClick={() => begin.mutate()}
        >
          Re-run them
        </Button>
      </div>
    </div>
  );
}

/** Another run of the organization, by its number. */
export function RunLink({ to }: { to: RunRef }) {
  const org = useOrg();
  return (
    <span className="inline-flex items-center gap-1.5">
      <Link
        to="/o/$org/scans/$run"
        params={{ org, run: to.id }}
        className="text-accent tabular-nums underline"
      >
        Scan #{to.seq}
      </Link>
      <RunBadge state={to.state} />
    </span>
  );
}
