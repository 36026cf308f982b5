/** From "I am fixing it" to proof, at one look. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { PAGE_ROWS } from '@/api/page';
import { useOrg } from '@/app/session';
import { type Exposure, getExposure } from '@/client';
import {
  listExposuresOptions,
  listExposuresQueryKey,
  listScansOptions,
  listScansQueryKey,
} from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { isOver } from '@/say/words';
import { SeverityBadge } from '@/ui/badge';
import { ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';
import { ExposureName, Where } from '../exposure/named';
import { COLUMNS, type Column, columnOf, unknownKeys } from './board';

const TITLE: Record<Column, [name: string, says: string]> = {
  in_progress: ['In progress', 'Somebody is fixing it.'],
  verifying: ['Verifying', 'The check that found it looks again.'],
  fixed: ['Fixed', 'Seen gone, with proof.'],
  still_open: ['Still open', 'Looked again; it is still there.'],
  inconclusive: ['Inconclusive', 'No usable answer, so nothing is proven.'],
};

/** Milliseconds between looks while something is being verified and the stream may be down. */
const LOOK_MS = 4_000;

/** Exposures read one by one because no list names them; the newest verifications first. */
const VERIFIED_MAX = 20;

export function Fixes() {
  const org = useOrg();
  const cache = useQueryClient();
  const fixing = useQuery(
    listExposuresOptions({ query: { decision: 'fix_in_progress', limit: PAGE_ROWS } }),
  );
  const asked = useQuery(
    listExposuresOptions({ query: { decision: 'request_verify', limit: PAGE_ROWS } }),
  );
  const fixed = useQuery(listExposuresOptions({ query: { state: 'fixed', limit: PAGE_ROWS } }));
  const runs = useQuery({
    ...listScansOptions({ query: { kind: 'verify', limit: PAGE_ROWS } }),
    refetchInterval: (query) => {
      const busy = query.state.data?.items.some((run) => !isOver(run.state));
      return busy ? LOOK_MS : false;
    },
  });
  const listed = [fixing, asked, fixed].flatMap((query) => query.data?.items ?? []);
  const missing = unknownKeys(runs.data?.items ?? [], new Set(listed.map((it) => it.key))).slice(
    0,
    VERIFIED_MAX,
  );
  const verified = useQuery({
    queryKey: [...listExposuresQueryKey(), 'verified', missing],
    queryFn: ({ signal }) =>
      Promise.all(
        missing.map(
          async (key) => (await getExposure({ path: { key }, signal, throwOnError: true })).data,
        ),
      ),
    enabled: missing.length > 0,
    // What was shown stays while the set of runs grows.
    placeholderData: keepPreviousData,
  });
  useTopic('changes', () => {
    void cache.invalidateQueries({ queryKey: listExposuresQueryKey() });
    void cache.invalidateQueries({ queryKey: listScansQueryKey() });
  });

  const queries = [fixing, asked, fixed, runs, verified];
  const failed = queries.find((query) => query.isError);
  if (failed) return <ProblemNotice error={failed.error} retry={() => void failed.refetch()} />;
  if (!fixing.data || !asked.data || !fixed.data || !runs.data) return <Waiting what="the board" />;

  const all = new Map<string, Exposure>(
    [...listed, ...(verified.data ?? [])].map((it) => [it.key, it]),
  );
  const board = Object.fromEntries(COLUMNS.map((column) => [column, [] as Exposure[]])) as Record<
    Column,
    Exposure[]
  >;
  for (const it of all.values()) {
    const column = columnOf(it, runs.data.items);
    if (column) board[column].push(it);
  }
  const isEmpty = COLUMNS.every((column) => board[column].length === 0);

  return (
    <Screen
      title="Fixes"
      says="Fixed is said only of what was looked at again and seen gone."
      actions={<ButtonLink to="/verify">Check a packet</ButtonLink>}
    >
      {isEmpty ? (
        <EmptyState
          title="Nobody is fixing anything"
          why="Open an exposure and say “I am fixing it”. When it is done, let it be verified here."
          action={
            <ButtonLink to="/o/$org/exposures" params={{ org }} look="primary">
              Open exposures
            </ButtonLink>
          }
        />
      ) : (
        <div className="grid gap-3 md:grid-cols-2 xl:grid-cols-5">
          {COLUMNS.map((column) => (
            <section
              key={column}
              aria-label={TITLE[column][0]}
              className="grid content-start gap-2 rounded-xl border border-line bg-sunken p-3"
            >
              <h2 className="flex justify-between text-sm font-semibold">
                {TITLE[column][0]} <span className="text-ink-muted">{board[column].length}</span>
              </h2>
              <p className="text-[0.8125rem] text-ink-muted">{TITLE[column][1]}</p>
              <ul className="grid gap-2">
                {board[column].map((it) => (
                  <li
                    key={it.key}
                    className="grid gap-1 rounded-lg border border-line bg-surface p-2.5 text-sm"
                  >
                    <ExposureName of={it} />
                    <Where of={it} className="text-xs" />
                    <span className="flex flex-wrap items-center justify-between gap-1 text-xs text-ink-muted">
                      <SeverityBadge severity={it.severity} />
                      <Moment at={it.last_seen} />
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
    </Screen>
  );
}
