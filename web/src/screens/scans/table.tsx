/** Runs as rows, wherever they are listed. */
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { Run } from '@/client';
import { duration } from '@/say/moment';
import { count, isOver, profileWord, runKindWord } from '@/say/words';
import { RunBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';

export function RunTable({ items }: { items: readonly Run[] }) {
  const org = useOrg();
  return (
    <Table
      label="Scans"
      head={['Scan', 'State', 'Kind', 'Profile', 'Assets', 'Cells', 'Requested', 'Took']}
    >
      {items.map((run) => (
        <tr key={run.id}>
          <td>
            <Link
              to="/o/$org/scans/$run"
              params={{ org, run: run.id }}
              data-row
              className="font-mono text-[0.8125rem] font-medium hover:underline"
            >
              #{run.seq}
            </Link>
          </td>
          <td>
            <RunBadge state={run.state} />
            {run.reason && isOver(run.state) && run.state !== 'completed' && (
              <p className="text-[0.8125rem] text-ink-muted">
                <Inert>{run.reason}</Inert>
              </p>
            )}
          </td>
          <td>{runKindWord[run.kind]}</td>
          <td>{profileWord[run.profile].name}</td>
          <td>{count(run.asset_ids.length, 'asset')}</td>
          <td className="tabular-nums">
            {run.cells.settled.toLocaleString('en')} / {run.cells.planned.toLocaleString('en')}
          </td>
          <td>
            <Moment at={run.created_at} />
          </td>
          <td className="whitespace-nowrap">
            {run.started_at && run.finished_at
              ? duration(Date.parse(run.finished_at) - Date.parse(run.started_at))
              : '—'}
          </td>
        </tr>
      ))}
    </Table>
  );
}
