/** Home: what changed, newest first. Nothing that arrives moves what is being read. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Fragment, lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { asProblem } from '@/api/problem';
import { lastLook, looked } from '@/app/last-look';
import { useMay, useOrg } from '@/app/session';
import type { Event } from '@/client';
import {
  getDashboardOptions,
  listChangesInfiniteOptions,
} from '@/client/@tanstack/react-query.gen';
import { FilterBox, filterFault } from '@/filter/filter-box';
import { useTopic } from '@/live/live';
import {
  count,
  EVENT_TYPES,
  type EventType,
  eventWord,
  SEVERITIES,
  severityWord,
} from '@/say/words';
import { Button, ButtonLink } from '@/ui/button';
import { classes } from '@/ui/classes';
import { Choice } from '@/ui/field';
import { ListOf } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { Screen } from '@/ui/screen';
import { useSelection } from '@/ui/selection';
import { leaveTrail } from '../exposure/trail';
import { NextUp } from './next-up';
import { ChangeRow } from './row';

/** Fetched when they are first wanted. */
const ExposureBulk = lazy(() =>
  import('../exposure/bulk').then(({ ExposureBulk }) => ({ default: ExposureBulk })),
);

const Quiet = lazy(() => import('./quiet').then(({ Quiet }) => ({ default: Quiet })));
const CopyLink = lazy(() =>
  import('@/ui/copy-link').then(({ CopyLink }) => ({ default: CopyLink })),
);

const route = getRouteApi('/in/o/$org/changes');

const HOURS = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const;
/** The tabs; the rarer types are reached by the address or by "All". */
const TABS: readonly EventType[] = EVENT_TYPES.slice(0, 7);
/** What the feed could not cover in one look is still counted from here. */
const ALWAYS = '1970-01-01T00:00:00Z';

export function Changes() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const org = useOrg();
  const mayScan = useMay('runs:create');
  const mayAct = useMay('exposures:act');
  const cache = useQueryClient();
  const [arrived, setArrived] = useState(0);

  // Held while the choice stands, so that a re-render does not ask another question.
  const since = useMemo(
    () =>
      search.since
        ? new Date(Date.now() - HOURS[search.since] * 3_600_000).toISOString()
        : undefined,
    [search.since],
  );
  const changes = listChangesInfiniteOptions({
    query: {
      type: search.type?.join(','),
      severity: search.severity,
      asset_id: search.asset,
      run_id: search.run,
      since,
      filter: search.filter,
      limit: PAGE_ROWS,
    },
  });
  // A list that re-read itself on focus would move under the reader.
  const query = useInfiniteQuery({ ...changes, ...keyset, refetchOnWindowFocus: false });
  const dashboard = useQuery(getDashboardOptions({ query: { since: since ?? ALWAYS } }));
  const items = rows(query.data);
  // A decision is about an exposure, however many of its changes are on screen.
  const keys = [...new Set(items.map(({ key }) => key))];
  const selection = useSelection(keys);
  useEffect(() => leaveTrail(keys));

  // Where the look before this one began; kept while the screen is open.
  const [before] = useState(() => lastLook(org));
  const newest = items[0]?.at;
  useEffect(() => {
    if (newest) looked(org, newest);
  }, [org, newest]);
  // The line stands between what is new since then and what was there; at the top it says nothing.
  const firstSeen = before ? items.findIndex(({ at }) => at <= before) : -1;
  const seenFrom = firstSeen > 0 ? items[firstSeen] : undefined;

  const refresh = () => {
    setArrived(0);
    void cache.resetQueries({ queryKey: changes.queryKey });
    void dashboard.refetch();
  };
  useTopic('changes', (event) => {
    if (event.type === 'resync') setArrived((n) => Math.max(n, 1));
    if (event.type !== 'exposure.changed' || !matches(event.data, search)) return;
    // An empty screen has nothing to push away.
    if (items.length === 0) refresh();
    else setArrived((n) => n + 1);
  });

  const isFiltered = Object.values(search).some((value) => value !== undefined);
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next } });
  const fault = query.isError ? filterFault(asProblem(query.error)) : undefined;

  return (
    <Screen
      title="Changes"
      says={
        dashboard.data?.last_run ? (
          <>
            Last looked{' '}
            <Link
              to="/o/$org/scans/$run"
              params={{ org, run: dashboard.data.last_run.id }}
              className="text-accent underline"
            >
              <Moment
                at={dashboard.data.last_run.finished_at ?? dashboard.data.last_run.created_at}
              />
            </Link>
            , {count(dashboard.data.by_state.open ?? 0, 'exposure')} open
            <OverdueCount many={dashboard.data.by_sla.breached ?? 0} />
          </>
        ) : (
          'What is different from the time before.'
        )
      }
      actions={
        <>
          <Suspense>
            <CopyLink what="the link to these changes" />
          </Suspense>
          {mayScan && (
            <ButtonLink to="/o/$org/scans/new" params={{ org }}>
              New scan
            </ButtonLink>
          )}
        </>
      }
    >
      {!isFiltered &&
        (dashboard.isPending ? (
          // Its place is kept, so that what is below stays where it is.
          <div aria-hidden className="min-h-40" />
        ) : (
          dashboard.data?.last_run && <NextUp next={dashboard.data.next} />
        ))}
      <div className="grid gap-3">
        <nav
          aria-label="Types of change"
          className="flex gap-1 overflow-x-auto border-b border-line"
        >
          <Tab
            name="All"
            active={search.type === undefined}
            onClick={() => set({ type: undefined })}
          />
          {TABS.map((type) => (
            <Tab
              key={type}
              name={eventWord[type]}
              count={dashboard.data?.events_since[type]}
              active={search.type?.includes(type) === true}
              onClick={() => set({ type: [type] })}
            />
          ))}
        </nav>
        <FilterBox
          label="Filter of changes"
          value={search.filter ?? ''}
          onChange={(filter) => set({ filter: filter || undefined })}
          fault={fault}
          checks={items.map(({ check_id }) => check_id)}
        />
        <div className="flex flex-wrap items-center gap-3">
          <Choice
            label="Severity"
            value={search.severity ?? ''}
            onChange={(value) => set({ severity: value || undefined })}
            options={[['', 'Any'], ...SEVERITIES.map((word) => [word, atLeast(word)] as const)]}
          />
          <Choice
            label="Since"
            value={search.since ?? ''}
            onChange={(value) => set({ since: value || undefined })}
            options={[
              ['', 'Ever'],
              ['24h', '24 hours'],
              ['7d', '7 days'],
              ['30d', '30 days'],
            ]}
          />
          {search.run && <Chip name="One run" onRemove={() => set({ run: undefined })} />}
          {search.asset && <Chip name="One asset" onRemove={() => set({ asset: undefined })} />}
        </div>
      </div>

      {/* Always there, so that a screen reader hears it change. */}
      <div role="status" className="sticky top-2 z-10 flex justify-center empty:hidden">
        {arrived > 0 && (
          <Button look="primary" size="small" onClick={refresh} className="shadow-lg">
            {arrived} new: show
          </Button>
        )}
      </div>

      {fault === undefined && (
        <ListOf
          what="changes"
          query={query}
          items={items}
          empty={
            <Suspense>
              <Quiet
                filtered={isFiltered}
                clear={() => void navigate({ search: {} })}
                hasRun={!!dashboard.data?.last_run}
              />
            </Suspense>
          }
        >
          {byRun(items).map((group) => (
            <section
              key={group.events[0]?.id}
              className="overflow-hidden rounded-xl border border-line bg-surface"
            >
              <h2 className="flex flex-wrap items-baseline justify-between gap-2 border-b border-line bg-sunken px-4 py-2 text-sm">
                <span className="font-medium">
                  {group.run ? (
                    <Link
                      to="/o/$org/scans/$run"
                      params={{ org, run: group.run }}
                      className="text-accent underline"
                    >
                      Run {group.run.slice(-6)}
                    </Link>
                  ) : (
                    'Without a run'
                  )}
                  <span className="font-normal text-ink-muted">
                    {' '}
                    · {count(group.events.length, 'change')}
                  </span>
                </span>
                <span className="text-ink-muted">
                  <Moment at={group.events[0]?.at ?? ''} both />
                </span>
              </h2>
              <ul className="divide-y divide-line">
                {group.events.map((event) => (
                  <Fragment key={event.id}>
                    {event === seenFrom && (
                      <li className="bg-accent-tint px-4 py-1 text-center text-xs font-medium text-accent">
                        You last looked here
                      </li>
                    )}
                    <ChangeRow event={event} {...(mayAct && { selection })} />
                  </Fragment>
                ))}
              </ul>
            </section>
          ))}
        </ListOf>
      )}
      {mayAct && selection.chosen.length > 0 && (
        <Suspense>
          <ExposureBulk selection={selection} shown={keys.length} />
        </Suspense>
      )}
    </Screen>
  );
}

function OverdueCount({ many }: { many: number }) {
  const org = useOrg();
  if (many === 0) return null;
  return (
    <>
      ,{' '}
      <Link
        to="/o/$org/exposures"
        params={{ org }}
        search={{ filter: 'state:open,unresponsive sla:breached', sort: 'score' }}
        className="font-medium text-critical underline"
      >
        {many.toLocaleString('en')} overdue
      </Link>
    </>
  );
}

function atLeast(word: (typeof SEVERITIES)[number]): string {
  return word === 'critical' ? severityWord[word] : `${severityWord[word]} and worse`;
}

/** Whether a live event belongs into the list as it is filtered; what it does not say does. */
function matches(
  data: Record<string, unknown>,
  search: { type?: string[]; run?: string; asset?: string },
): boolean {
  const fits = (wanted: string | undefined, given: unknown) =>
    !wanted || typeof given !== 'string' || given === wanted;
  const type = data.type;
  if (search.type && typeof type === 'string' && !search.type.includes(type)) return false;
  return fits(search.run, data.run_id) && fits(search.asset, data.asset_id);
}

function byRun(events: readonly Event[]): { run: string | undefined; events: Event[] }[] {
  const groups: { run: string | undefined; events: Event[] }[] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last && last.run === event.run_id) last.events.push(event);
    else groups.push({ run: event.run_id, events: [event] });
  }
  return groups;
}

function Tab(props: { name: string; count?: number; active: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={props.active}
      onClick={props.onClick}
      className={classes(
        '-mb-px flex items-center gap-1.5 border-b-2 px-3 py-2 text-sm font-medium whitespace-nowrap',
        props.active
          ? 'border-accent text-accent'
          : 'border-transparent text-ink-muted hover:text-ink',
      )}
    >
      {props.name}
      {props.count !== undefined && (
        <span className="rounded bg-sunken px-1.5 text-xs">{props.count}</span>
      )}
    </button>
  );
}

function Chip(props: { name: string; onRemove: () => void }) {
  return (
    <Button size="small" onClick={props.onRemove} aria-label={`Remove filter: ${props.name}`}>
      {props.name} ×
    </Button>
  );
}
