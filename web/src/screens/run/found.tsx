/** What a finished run changed, worst first. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { PAGE_ROWS } from '@/api/page';
import { useOrg } from '@/app/session';
import type { Run } from '@/client';
import { listChangesOptions } from '@/client/@tanstack/react-query.gen';
import { SEVERITIES } from '@/say/words';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { EventLine } from '../exposure/named';

/** Shown here; the feed has the rest. */
const SHOWN = 8;

export function Found({ run }: { run: Run }) {
  const org = useOrg();
  const changes = useQuery(listChangesOptions({ query: { run_id: run.id, limit: PAGE_ROWS } }));
  const items = (changes.data?.items ?? []).toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  const total = `${items.length}${changes.data?.next_cursor ? ' or more' : ''}`;
  return (
    <Card title="What it changed">
      {changes.isPending && <Waiting what="the changes" />}
      {changes.isError && (
        <ProblemNotice error={changes.error} retry={() => void changes.refetch()} />
      )}
      {changes.data && items.length === 0 && (
        <p className="text-sm text-ink-muted">Nothing. All that it looked at is as it was.</p>
      )}
      <ul className="grid gap-1.5 text-sm">
        {items.slice(0, SHOWN).map((event) => (
          <li key={event.id} className="flex flex-wrap items-center gap-2">
            <EventLine event={event} />
          </li>
        ))}
      </ul>
      {items.length > SHOWN && (
        <Link
          to="/o/$org/changes"
          params={{ org }}
          search={{ run: run.id }}
          className="text-sm font-medium text-accent underline"
        >
          All {total} changes
        </Link>
      )}
    </Card>
  );
}
