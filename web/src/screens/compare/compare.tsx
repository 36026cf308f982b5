/** Two runs beside each other: what is different after the later one. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useOrg } from '@/app/session';
import { type Event, listChanges, type Run } from '@/client';
import {
  getScanOptions,
  listChangesQueryKey,
  listScansOptions,
} from '@/client/@tanstack/react-query.gen';
import { count, isOver, profileWord } from '@/say/words';
import { Button } from '@/ui/button';
import { csv } from '@/ui/csv';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { saveFile } from '@/ui/save-file';
import { Card, Screen, Waiting } from '@/ui/screen';
import { EventLine } from '../exposure/named';
import { difference, GROUPS, type Group, reservations } from './difference';

const route = getRouteApi('/in/o/$org/scans/$run/compare/$with');

/** Rows of a page, rows that are read at most, and runs that are offered. */
const PAGE = 200;
const ROWS_MAX = 5_000;
const OFFERED = 50;

const TITLE: Record<Group, [name: string, says: string]> = {
  appeared: ['Appeared', 'Not seen by the earlier one.'],
  fixed: ['Fixed', 'Seen by the earlier one, looked at again and seen gone.'],
  silent: ['Went silent', 'No usable answer any more, so nothing is proven.'],
  changed: ['Changed', 'Seen by both, not the same.'],
  passed: ['Came and went', 'Appeared after the earlier one and was fixed before the later.'],
};

export function Compare() {
  const { run, with: other } = route.useParams();
  const [one, two] = [useRun(run), useRun(other)];
  const failed = [one, two].find((query) => query.isError);
  if (failed) return <ProblemNotice error={failed.error} retry={() => void failed.refetch()} />;
  if (!one.data || !two.data) return <Waiting what="the runs" />;
  // Whichever is named first, the earlier one is what the later is compared with.
  const [earlier, later] = [one.data, two.data].sort((a, b) => a.seq - b.seq) as [Run, Run];
  return <Both earlier={earlier} later={later} />;
}

const useRun = (id: string) => useQuery(getScanOptions({ path: { run_id: id } }));

function Both({ earlier, later }: { earlier: Run; later: Run }) {
  const doubts = reservations(earlier, later);
  const isReady = isOver(earlier.state) && isOver(later.state) && earlier.id !== later.id;
  return (
    <Screen
      title={`Scans #${earlier.seq} and #${later.seq}`}
      says={
        <>
          From <Moment at={endOf(earlier)} both /> to <Moment at={endOf(later)} both />
        </>
      }
    >
      <Choose earlier={earlier} later={later} />
      {doubts.length > 0 && (
        <section
          aria-label="Not comparable as they are"
          className="rounded-lg border border-line-strong bg-medium-tint p-3 text-sm text-ink"
        >
          <p className="font-medium">Not comparable as they are:</p>
          <ul className="list-disc pl-5">
            {doubts.map((doubt) => (
              <li key={doubt}>{doubt}</li>
            ))}
          </ul>
        </section>
      )}
      {isReady ? (
        <Different earlier={earlier} later={later} />
      ) : (
        <EmptyState
          title="Nothing to compare yet"
          why={
            earlier.id === later.id
              ? 'It is the same run twice. Choose another one.'
              : 'Both runs have to be over first.'
          }
        />
      )}
    </Screen>
  );
}

const endOf = (run: Run) => run.finished_at ?? run.created_at;

function Choose({ earlier, later }: { earlier: Run; later: Run }) {
  const org = useOrg();
  const navigate = route.useNavigate();
  const runs = useQuery(listScansOptions({ query: { limit: OFFERED } }));
  const offered = new Map(
    [later, earlier, ...(runs.data?.items ?? [])].map((run) => [run.id, run]),
  );
  const options = [...offered.values()]
    .sort((a, b) => b.seq - a.seq)
    .map((run) => [run.id, `#${run.seq} ${profileWord[run.profile].name}`] as const);
  const go = (run: string, other: string) =>
    void navigate({
      to: '/o/$org/scans/$run/compare/$with',
      params: { org, run, with: other },
    });
  return (
    <div className="flex flex-wrap items-center gap-3" data-no-print>
      <Choice
        label="One"
        value={earlier.id}
        options={options}
        onChange={(id) => id !== '' && go(id, later.id)}
      />
      <Choice
        label="Other"
        value={later.id}
        options={options}
        onChange={(id) => id !== '' && go(earlier.id, id)}
      />
    </div>
  );
}

function Different({ earlier, later }: { earlier: Run; later: Run }) {
  const shared = earlier.asset_ids.filter((id) => later.asset_ids.includes(id));
  const between = useQuery({
    queryKey: [...listChangesQueryKey(), 'between', earlier.id, later.id],
    queryFn: ({ signal }) => eventsBetween(earlier, later, signal),
  });
  if (between.isPending) return <Waiting what="what changed between them" />;
  if (between.isError)
    return <ProblemNotice error={between.error} retry={() => void between.refetch()} />;
  const { events, isCut } = between.data;
  // What only one of them looked at says nothing about the other.
  const groups = difference(events.filter((event) => shared.includes(event.asset_id)));
  if (GROUPS.every((group) => groups[group].length === 0))
    return (
      <EmptyState
        title="No difference"
        why={`Of the ${count(shared.length, 'asset')} both looked at, everything is as it was.`}
      />
    );
  return (
    <>
      {isCut && (
        <p className="text-sm">
          More than {count(ROWS_MAX, 'change')} lie between them; only the newest are counted.
        </p>
      )}
      <div data-no-print>
        <Button onClick={() => save(earlier, later, groups)}>
          <Download size={15} aria-hidden /> Export as CSV
        </Button>
      </div>
      {GROUPS.filter((group) => groups[group].length > 0).map((group) => (
        <Card key={group} title={`${TITLE[group][0]} (${groups[group].length})`}>
          <p className="text-sm text-ink-muted">{TITLE[group][1]}</p>
          <Rows events={groups[group]} />
        </Card>
      ))}
    </>
  );
}

/** What is shown as a file, one exposure a line. */
function save(earlier: Run, later: Run, groups: Record<Group, Event[]>): void {
  const rows = GROUPS.flatMap((group) =>
    groups[group].map((event) => [
      group,
      event.key,
      event.severity,
      event.title,
      event.check_id,
      event.host,
      event.port,
      event.at,
    ]),
  );
  const head = ['difference', 'key', 'severity', 'title', 'check_id', 'host', 'port', 'at'];
  saveFile(`compare-${earlier.seq}-${later.seq}.csv`, 'text/csv', csv(head, rows));
}

function Rows({ events }: { events: readonly Event[] }) {
  return (
    <ul className="grid gap-1.5 text-sm">
      {events.map((event) => (
        <li key={event.id} className="flex flex-wrap items-center gap-2">
          <EventLine event={event} />
        </li>
      ))}
    </ul>
  );
}

async function eventsBetween(earlier: Run, later: Run, signal: AbortSignal) {
  const events: Event[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await listChanges({
      query: { since: endOf(earlier), limit: PAGE, ...(cursor && { cursor }) },
      signal,
      throwOnError: true,
    });
    // What the earlier run found is its own, also when it was recorded as the run ended.
    const [after, until] = [Date.parse(endOf(earlier)), Date.parse(endOf(later))];
    const isBetween = ({ at }: Event) => Date.parse(at) > after && Date.parse(at) <= until;
    events.push(
      ...data.items.filter(
        (event) => event.run_id !== earlier.id && (event.run_id === later.id || isBetween(event)),
      ),
    );
    cursor = data.next_cursor ?? undefined;
  } while (cursor && events.length < ROWS_MAX);
  return { events, isCut: cursor !== undefined };
}
