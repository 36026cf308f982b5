/** Which asset is at which stage: a row an asset, a column a stage, in it how many of its parts. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay, useOrg } from '@/app/session';
import type { Run } from '@/client';
import { listAssetsOptions } from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { classes } from '@/ui/classes';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { useJobs } from './jobs';
import { type AssetStages, byAsset, STAGES, type Stage } from './stages';

/** Rows shown until the others are asked for. */
const ROWS = 20;
/** Names looked up at once; an asset beyond them is shown by its id. */
const NAMES = 200;

const LOOK: Partial<Record<Stage, string>> = {
  completed: 'bg-good-tint text-good',
  failed: 'bg-critical-tint text-critical',
  cancelled: 'bg-info-tint text-info',
  queued: 'bg-sunken text-ink-muted',
};

export function StageGrid(props: {
  run: Run;
  over: boolean;
  /** What was heard last of each running part. */
  heard: Readonly<Record<string, string>>;
}) {
  const { run, over, heard } = props;
  const mayReadAssets = useMay('assets:read');
  const [isWhole, setWhole] = useState(false);
  const jobs = useJobs(run.id, over);
  const assets = useQuery({
    ...listAssetsOptions({ query: { limit: NAMES } }),
    enabled: mayReadAssets,
  });
  const names = new Map(assets.data?.items.map(({ id, value }) => [id, value]));
  const all = jobs.data?.items ?? [];
  const rows = byAsset(run.asset_ids, all, heard);
  const shown = isWhole ? rows : rows.slice(0, ROWS);
  // Nobody waits for a column of nothing, but the way is always the same.
  const stages = (Object.keys(STAGES) as Stage[]).filter(
    (stage) =>
      !['running', 'cancelled'].includes(stage) || rows.some(({ at }) => (at[stage] ?? 0) > 0),
  );
  return (
    <Card title="Stage of each asset">
      {jobs.isPending && <Waiting what="the parts" />}
      {jobs.isError && <ProblemNotice error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && rows.every(({ parts }) => parts === 0) && (
        <p className="text-sm text-ink-muted">
          {over ? 'It ended before any part of it was planned.' : 'Not planned yet.'}
        </p>
      )}
      {rows.some(({ parts }) => parts > 0) && (
        <Table
          label="Stage of each asset"
          head={['Asset', ...stages.map((stage) => STAGES[stage])]}
        >
          {shown.map((row) => (
            <Row key={row.asset} row={row} stages={stages} name={names.get(row.asset)} />
          ))}
        </Table>
      )}
      {rows.length > shown.length && (
        <div>
          <Button size="small" onClick={() => setWhole(true)}>
            Show all {count(rows.length, 'asset')}
          </Button>
        </div>
      )}
      {jobs.data?.next_cursor && (
        <p className="text-sm text-ink-muted">
          Of the newest {all.length} of {run.jobs.total.toLocaleString('en')} parts.
        </p>
      )}
    </Card>
  );
}

function Row(props: { row: AssetStages; stages: readonly Stage[]; name: string | undefined }) {
  const { row, stages } = props;
  const org = useOrg();
  return (
    <tr>
      <th scope="row" className="min-w-44 px-3 py-(--row-gap) text-left font-medium">
        <Link
          to="/o/$org/assets/$id"
          params={{ org, id: row.asset }}
          className="break-all hover:underline"
        >
          <Inert>{props.name ?? row.asset}</Inert>
        </Link>
      </th>
      {stages.map((stage) => {
        const parts = row.at[stage] ?? 0;
        return (
          <td key={stage} className="text-center tabular-nums">
            {parts === 0 ? (
              <span aria-hidden className="text-line-strong">
                ·
              </span>
            ) : (
              <span
                className={classes(
                  'inline-block min-w-7 rounded px-1.5 py-0.5 text-[0.8125rem] font-medium',
                  LOOK[stage] ?? 'bg-accent-tint text-accent',
                )}
              >
                {parts.toLocaleString('en')}
                <span className="sr-only">
                  {' '}
                  of {row.parts} {row.parts === 1 ? 'part' : 'parts'}
                </span>
              </span>
            )}
          </td>
        );
      })}
    </tr>
  );
}
