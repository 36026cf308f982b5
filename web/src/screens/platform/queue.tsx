/** How far everybody is behind: readers of the bus, workers, and whose jobs wait. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ConsumerBacklog, OrganizationQueue, WorkerSeen } from '@/client';
import { count } from '@/say/words';
import { Badge } from '@/ui/badge';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { queueQuery } from './operations';

const number = (n: number) => n.toLocaleString('en');

export function QueueTab() {
  const queue = useQuery(queueQuery());
  if (queue.isPending) return <Waiting what="the queue" />;
  if (queue.isError)
    return <ProblemNotice error={queue.error} retry={() => void queue.refetch()} />;
  const { consumers, workers, organizations, dead_letters, stuck_runs } = queue.data;
  return (
    <>
      <Card title="At a glance">
        <p className="text-sm tabular-nums">
          {number(organizations.reduce((sum, each) => sum + each.waiting, 0))} jobs wait,{' '}
          {number(organizations.reduce((sum, each) => sum + each.running, 0))} run.{' '}
          <Link to="/platform" search={{ tab: 'stuck' }} className="text-accent underline">
            {count(stuck_runs, 'stuck run')}
          </Link>
          ,{' '}
          <Link to="/platform" search={{ tab: 'letters' }} className="text-accent underline">
            {count(dead_letters, 'dead letter')}
          </Link>
          .
        </p>
      </Card>
      <Table
        label="Readers of the bus"
        head={['Reader', 'Waiting', 'In progress', 'Given again', 'Listening', 'Dead', 'Oldest']}
      >
        {consumers.map((each) => (
          <Reader key={each.consumer} each={each} />
        ))}
      </Table>
      {organizations.length > 0 ? (
        <Table
          label="Whose jobs wait"
          head={['Organization', 'Waiting', 'Running', 'Share of what runs', 'Waits since']}
        >
          {organizations.map((each) => (
            <Whose key={each.tenant_key} each={each} all={organizations} />
          ))}
        </Table>
      ) : (
        <EmptyState title="No job waits" why="Whoever requests a scan now is next." />
      )}
      {workers.length > 0 && (
        <Table label="Workers" head={['Worker', 'Pool', 'Jobs', 'Heard of']}>
          {workers.map((each) => (
            <Worker key={`${each.pool} ${each.worker_id}`} each={each} />
          ))}
        </Table>
      )}
    </>
  );
}

function Reader({ each }: { each: ConsumerBacklog }) {
  return (
    <tr className="tabular-nums">
      <td>
        <span className="font-medium">{each.consumer}</span>{' '}
        {!each.is_there && <Badge tone="medium">never ran</Badge>}
        <p className="font-mono text-xs break-all text-ink-muted">
          {each.stream} {each.subjects.join(' ')}
        </p>
      </td>
      <td>{number(each.waiting)}</td>
      <td>{number(each.in_progress)}</td>
      <td>{number(each.redelivered)}</td>
      <td>{number(each.listening)}</td>
      <td>
        {each.dead_letters > 0 ? (
          <Link
            to="/platform"
            search={{ tab: 'letters', consumer: each.consumer }}
            className="text-accent underline"
            aria-label={`${each.dead_letters} dead letters of ${each.consumer}`}
          >
            {number(each.dead_letters)}
          </Link>
        ) : (
          0
        )}
      </td>
      <td>{each.oldest_at ? <Moment at={each.oldest_at} /> : '—'}</td>
    </tr>
  );
}

function Whose({ each, all }: { each: OrganizationQueue; all: OrganizationQueue[] }) {
  const running = all.reduce((sum, one) => sum + one.running, 0);
  return (
    <tr className="tabular-nums">
      <td className="font-mono text-[0.8125rem] break-all">{each.tenant_key}</td>
      <td>{number(each.waiting)}</td>
      <td>{number(each.running)}</td>
      <td>{running > 0 ? `${Math.round((100 * each.running) / running)} %` : '—'}</td>
      <td>{each.oldest_waiting_at ? <Moment at={each.oldest_waiting_at} /> : '—'}</td>
    </tr>
  );
}

function Worker({ each }: { each: WorkerSeen }) {
  return (
    <tr className="tabular-nums">
      <td className="font-mono text-[0.8125rem] break-all">
        <Inert>{each.worker_id}</Inert>
      </td>
      <td className="font-mono text-[0.8125rem] break-all">{each.pool}</td>
      <td>{number(each.jobs)}</td>
      <td>{each.heard_at ? <Moment at={each.heard_at} /> : 'never'}</td>
    </tr>
  );
}
