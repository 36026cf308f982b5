/** The gaps and failed scans of a trend in words, each with the way to the scan. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useOrg } from '@/app/session';
import type { Run } from '@/client';
import { count } from '@/say/words';
import { RunBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card } from '@/ui/screen';
import { dayOf, type Gap } from './interruptions';

/** Lines shown until the others are asked for. */
const LINES = 10;

type Line = { at: string; gap: Gap } | { at: string; run: Run };

export function Interrupted(props: {
  gaps: readonly Gap[];
  /** Those that failed; nothing where that cannot be known. */
  runs: readonly Run[] | undefined;
  error: unknown;
  retry: () => void;
}) {
  const [isWhole, setWhole] = useState(false);
  const lines: Line[] = [
    ...props.gaps.map((gap) => ({ at: gap.to, gap })),
    ...(props.runs ?? []).map((run) => ({ at: dayOf(run), run })),
  ].sort((a, b) => b.at.localeCompare(a.at));
  const shown = isWhole ? lines : lines.slice(0, LINES);
  return (
    <Card title="Gaps and failed scans">
      <ProblemNotice error={props.error} retry={props.retry} />
      {lines.length === 0 && !props.error && (
        <p className="text-sm text-ink-muted">
          {props.runs
            ? 'None: every day was looked at, and no scan failed.'
            : 'Every day was looked at. Which scans failed is not known here.'}
        </p>
      )}
      <ul className="grid gap-1.5 text-sm">
        {shown.map((line) =>
          'gap' in line ? (
            <li key={`gap ${line.at}`}>
              <span className="tabular-nums">
                {line.gap.from}
                {line.gap.days > 1 && ` to ${line.gap.to}`}
              </span>
              : no scan for {count(line.gap.days, 'day')}. What appeared or was mended shows at the
              next one.
            </li>
          ) : (
            <RunLine key={line.run.id} run={line.run} day={line.at} />
          ),
        )}
      </ul>
      {lines.length > shown.length && (
        <div>
          <Button size="small" onClick={() => setWhole(true)}>
            Show all {lines.length}
          </Button>
        </div>
      )}
    </Card>
  );
}

function RunLine({ run, day }: { run: Run; day: string }) {
  const org = useOrg();
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className="tabular-nums">{day}</span>
      <RunBadge state={run.state} />
      <Link to="/o/$org/scans/$run" params={{ org, run: run.id }} className="text-accent underline">
        Scan #{run.seq}
      </Link>
      {run.reason && (
        <span className="text-ink-muted">
          <Inert>{run.reason}</Inert>
        </span>
      )}
    </li>
  );
}
