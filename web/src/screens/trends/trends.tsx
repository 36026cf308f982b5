/** How it goes over time: what appeared and what was fixed, each day, and what is open now. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useOrg } from '@/app/session';
import { type Event, listChanges, listScans, type Run } from '@/client';
import { getDashboardOptions, listChangesQueryKey } from '@/client/@tanstack/react-query.gen';
import { duration } from '@/say/moment';
import { count, SEVERITIES, type Severity, severityWord } from '@/say/words';
import { SeverityBadge } from '@/ui/badge';
import { ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { Bars } from './bars';
import { byDay, meanTimeToFix } from './trend';

const route = getRouteApi('/in/o/$org/trends');

const DAYS = { '7d': 7, '30d': 30 } as const;
type Range = keyof typeof DAYS;
const RANGES = ['7d', '30d'] as const satisfies Range[];
/** Rows of a page, and rows that are read at most. */
const PAGE = 200;
const ROWS_MAX = 10_000;

export function Trends() {
  const { range = '30d', as = 'chart' } = route.useSearch();
  const navigate = route.useNavigate();
  const org = useOrg();
  // Held while the range stands, so that a re-render does not ask another question.
  const [from, to] = useMemo(() => {
    const now = new Date();
    return [new Date(now.getTime() - (DAYS[range] - 1) * 86_400_000), now] as const;
  }, [range]);
  const since = `${from.toISOString().slice(0, 10)}T00:00:00Z`;
  // As long a time again, to compare with.
  const sinceBefore = new Date(Date.parse(since) - DAYS[range] * 86_400_000).toISOString();
  const seen = useQuery({
    queryKey: [...listChangesQueryKey(), 'trends', since],
    queryFn: async ({ signal }) => ({
      ...split(await eventsSince(sinceBefore, signal), since),
      runs: await runsSince(since, signal),
    }),
  });
  const dashboard = useQuery(getDashboardOptions());
  const open = (severity: Severity) => dashboard.data?.by_severity[severity] ?? 0;

  return (
    <Screen title="Trends" says="What appeared, what was fixed, and how long it took.">
      <div className="flex flex-wrap items-center gap-3" data-no-print>
        <Choice
          label="Range"
          value={range}
          onChange={(value) => void navigate({ search: { range: value || undefined, as } })}
          options={RANGES.map((value) => [value, `${DAYS[value]} days`] as const)}
        />
        <Choice
          label="As"
          value={as}
          onChange={(value) => void navigate({ search: { range, as: value || undefined } })}
          options={[
            ['chart', 'Chart'],
            ['table', 'Table'],
          ]}
        />
      </div>
      {seen.isPending && <Waiting what="what happened" />}
      {seen.isError && <ProblemNotice error={seen.error} retry={() => void seen.refetch()} />}
      {seen.data?.runs.length === 0 && seen.data.events.length === 0 && (
        <EmptyState
          title="Nothing was scanned in this time"
          why="Trends come from comparing runs; without one there is nothing to draw."
          action={
            <ButtonLink to="/o/$org/scans" params={{ org }}>
              Open scans
            </ButtonLink>
          }
        />
      )}
      {seen.data && seen.data.runs.length + seen.data.events.length > 0 && (
        <>
          <Card title="Appeared and fixed, each day">
            <Bars days={byDay(seen.data.events, seen.data.runs, from, to)} as={as} />
            {seen.data.isCut && (
              <p className="text-sm text-ink-muted">
                Only the newest {count(ROWS_MAX, 'change')} are counted: choose a shorter range.
              </p>
            )}
          </Card>
          <Card title="In this time">
            <InThisTime
              events={seen.data.events}
              before={seen.data.before}
              runs={seen.data.runs}
              range={range}
            />
          </Card>
        </>
      )}
      {dashboard.data && (
        <Card title="Open now, by severity">
          <ul className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
            {SEVERITIES.map((severity) => (
              <li key={severity} className="flex items-center gap-2">
                <SeverityBadge severity={severity} />
                <Link
                  to="/o/$org/exposures"
                  params={{ org }}
                  search={{ filter: `severity:${severity} state:open,unresponsive` }}
                  aria-label={`${severityWord[severity]}: ${count(open(severity), 'exposure')}`}
                  className="min-w-6 text-accent tabular-nums underline"
                >
                  {open(severity).toLocaleString('en')}
                </Link>
              </li>
            ))}
          </ul>
          <p className="text-sm text-ink-muted">
            <Link
              to="/o/$org/exposures"
              params={{ org }}
              search={{ filter: 'state:open,unresponsive sla:breached', sort: 'score' }}
              className="text-accent underline"
            >
              {count(dashboard.data.by_sla.breached ?? 0, 'exposure')} overdue
            </Link>
            , {(dashboard.data.by_sla.within ?? 0).toLocaleString('en')} within time.
          </p>
        </Card>
      )}
    </Screen>
  );
}

/** What happened since then, and what before: nothing is said of a time that was not read whole. */
function split({ events, isCut }: { events: Event[]; isCut: boolean }, since: string) {
  const isSince = ({ at }: Event) => Date.parse(at) >= Date.parse(since);
  const before = events.filter((event) => !isSince(event));
  return {
    events: events.filter(isSince),
    before: isCut ? undefined : before,
    isCut: isCut && before.length === 0,
  };
}

function InThisTime(props: {
  events: readonly Event[];
  before: readonly Event[] | undefined;
  runs: readonly Run[];
  range: Range;
}) {
  const org = useOrg();
  const { before } = props;
  const mean = meanTimeToFix(props.events);
  const link = (types: ('NEW' | 'REOPENED' | 'FIXED')[]) => {
    const of = (events: readonly Event[]) =>
      events.filter(({ type }) => types.some((each) => each === type)).length;
    return (
      <>
        <Link
          to="/o/$org/changes"
          params={{ org }}
          search={{ type: types, since: props.range }}
          className="text-accent underline"
        >
          {count(of(props.events), 'change')}
        </Link>
        {before && (
          <span className="text-ink-muted">
            {` (${of(before).toLocaleString('en')} in the ${DAYS[props.range]} days before)`}
          </span>
        )}
      </>
    );
  };
  return (
    <Facts
      rows={[
        ['Appeared', link(['NEW', 'REOPENED'])],
        ['Fixed', link(['FIXED'])],
        [
          'Mean time to fix',
          mean
            ? `${duration(mean.ms)}, of ${count(mean.of, 'fix', 'fixes')} that also appeared in this time`
            : 'nothing both appeared and was fixed in this time',
        ],
        ['Runs', count(props.runs.length, 'run')],
      ]}
    />
  );
}

async function eventsSince(since: string, signal: AbortSignal) {
  const events: Event[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await listChanges({
      query: { type: 'NEW,REOPENED,FIXED', since, limit: PAGE, ...(cursor && { cursor }) },
      signal,
      throwOnError: true,
    });
    events.push(...data.items);
    cursor = data.next_cursor ?? undefined;
  } while (cursor && events.length < ROWS_MAX);
  return { events, isCut: cursor !== undefined };
}

/** Newest first, until one is older. */
async function runsSince(since: string, signal: AbortSignal): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await listScans({
      query: { limit: PAGE, ...(cursor && { cursor }) },
      signal,
      throwOnError: true,
    });
    const young = data.items.filter((run) => Date.parse(run.created_at) >= Date.parse(since));
    runs.push(...young);
    cursor = young.length === data.items.length ? (data.next_cursor ?? undefined) : undefined;
  } while (cursor && runs.length < ROWS_MAX);
  return runs;
}
