/** A verify run seen from the exposure that asked for it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useOrg } from '@/app/session';
import { getScanOptions } from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { isOver } from '@/say/words';
import { RunBadge } from '@/ui/badge';
import { ProblemNotice } from '@/ui/problem-notice';

/** Milliseconds between looks at the run while the stream may be down. */
const LOOK_MS = 3_000;

export function VerifyWatch({ runId, onOver }: { runId: string; onOver: () => void }) {
  const org = useOrg();
  const run = useQuery({
    ...getScanOptions({ path: { run_id: runId } }),
    refetchInterval: (query) =>
      query.state.data && isOver(query.state.data.state) ? false : LOOK_MS,
  });
  useTopic(`run:${runId}`, () => void run.refetch());
  const over = run.data !== undefined && isOver(run.data.state);
  const told = useRef(false);
  useEffect(() => {
    if (!over || told.current) return;
    told.current = true;
    onOver();
  }, [over, onOver]);

  if (run.isError) return <ProblemNotice error={run.error} />;
  if (!run.data) return null;
  return (
    <p
      role="status"
      className="flex flex-wrap items-center gap-2 rounded-xl border border-line bg-accent-tint p-3 text-sm"
    >
      <RunBadge state={run.data.state} />
      {over
        ? 'The verification is over; the verdict above is what it proved.'
        : 'Verifying with the check that found it…'}
      <Link
        to="/o/$org/scans/$run"
        params={{ org, run: runId }}
        className="font-medium text-accent underline"
      >
        Open the run
      </Link>
    </p>
  );
}
