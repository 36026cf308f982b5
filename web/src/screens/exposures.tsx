/** The inventory: what is exposed, as it stands. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay, useOrg } from '@/app/session';
import { listExposuresInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import {
  DECISIONS,
  decisionWord,
  type ExposureState,
  SEVERITIES,
  STATES,
  severityWord,
  stateWord,
} from '@/say/words';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice, FilterText } from '@/ui/field';
import { ListOf } from '@/ui/list';
import { Screen } from '@/ui/screen';
import { useSelection } from '@/ui/selection';
import { ExposureBulk } from './exposure/bulk';
import { ExportMenu } from './exposure/export-menu';
import { ExposureTable } from './exposure/table';

const route = getRouteApi('/in/o/$org/exposures');

/** What still asks for something; the address may say otherwise. */
const UNSOLVED: ExposureState[] = ['open', 'unresponsive'];

export function Exposures() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const org = useOrg();
  const cache = useQueryClient();
  const state = search.state ?? UNSOLVED;
  const filter = {
    state: state.join(','),
    severity: search.severity,
    decision: search.decision,
    asset_id: search.asset,
    check_id: search.check,
    q: search.q,
  };
  const options = listExposuresInfiniteOptions({ query: { ...filter, limit: PAGE_ROWS } });
  const query = useInfiniteQuery({ ...options, ...keyset });
  const items = rows(query.data);
  const mayScan = useMay('runs:create');
  const mayAct = useMay('exposures:act');
  const selection = useSelection(items.map(({ key }) => key));
  // A state that changes in place does not move rows about; the list is read again when opened.
  useTopic('changes', (event) => {
    if (event.type === 'resync' || items.length === 0)
      void cache.invalidateQueries({ queryKey: options.queryKey });
  });
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next } });
  const isFiltered = Object.values(search).some((value) => value !== undefined);

  return (
    <Screen
      title="Exposures"
      says="Everything found so far, as it was last seen."
      actions={<ExportMenu filter={filter} />}
    >
      <div className="flex flex-wrap items-center gap-3">
        <FilterText
          label="Host or check begins with…"
          value={search.q ?? ''}
          onChange={(q) => set({ q: q || undefined })}
        />
        <Choice
          label="State"
          value={search.state?.length === 1 ? (search.state[0] ?? '') : search.state ? 'all' : ''}
          onChange={(value) =>
            set({ state: value === '' ? undefined : value === 'all' ? [...STATES] : [value] })
          }
          options={[
            ['', 'Open or unresponsive'],
            ...STATES.map((word) => [word, stateWord[word]] as const),
            ['all' as const, 'All'],
          ]}
        />
        <Choice
          label="Severity"
          value={search.severity ?? ''}
          onChange={(value) => set({ severity: value || undefined })}
          options={[
            ['', 'Any'],
            ...SEVERITIES.map(
              (word) =>
                [
                  word,
                  word === 'critical' ? 'Critical' : `${severityWord[word]} and worse`,
                ] as const,
            ),
          ]}
        />
        <Choice
          label="Decision"
          value={search.decision ?? ''}
          onChange={(value) => set({ decision: value || undefined })}
          options={[['', 'Any'], ...DECISIONS.map((word) => [word, decisionWord[word]] as const)]}
        />
        {(search.asset || search.check) && (
          <Button size="small" onClick={() => set({ asset: undefined, check: undefined })}>
            {search.asset ? 'One asset' : search.check} ×
          </Button>
        )}
      </div>
      <ListOf
        what="exposures"
        query={query}
        items={items}
        empty={
          isFiltered ? (
            <EmptyState
              title="Nothing matches"
              why="No exposure is like this. The filter may hide others."
              action={
                <Button onClick={() => void navigate({ search: {} })}>Clear the filter</Button>
              }
            />
          ) : (
            <EmptyState
              title="Nothing open"
              why="Either nothing was scanned yet, or all that was found is fixed."
              action={
                mayScan && (
                  <ButtonLink to="/o/$org/scans/new" params={{ org }} look="primary">
                    Scan now
                  </ButtonLink>
                )
              }
            />
          )
        }
      >
        <ExposureTable items={items} {...(mayAct && { selection })} />
      </ListOf>
      {mayAct && <ExposureBulk selection={selection} shown={items.length} />}
    </Screen>
  );
}
