/** The inventory: what is exposed, as it stands or as it stood. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { asProblem } from '@/api/problem';
import { useMay, useOrg } from '@/app/session';
import type { SavedView } from '@/client';
import { listExposuresInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { FilterBox, filterFault } from '@/filter/filter-box';
import { asked, withAsked } from '@/filter/grammar';
import { useTopic } from '@/live/live';
import { SEVERITIES, STATES, severityWord, stateWord } from '@/say/words';
import { GROUPS, SORTS } from '@/search/screens';
import { Button, ButtonLink } from '@/ui/button';
import { CopyLink } from '@/ui/copy-link';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { ListOf } from '@/ui/list';
import { Screen } from '@/ui/screen';
import { useSelection } from '@/ui/selection';
import { AsOf, AsOfNotice, endOf } from './exposure/as-of';
import { ExposureBulk } from './exposure/bulk';
import { ColumnMenu, columnsOf, THEN, USUAL, useColumns } from './exposure/columns';
import { ExportMenu } from './exposure/export-menu';
import { groupWord, sorted, sortWord } from './exposure/order';
import { ExposureTable } from './exposure/table';
import { ViewMenu } from './views/view-menu';

const route = getRouteApi('/in/o/$org/exposures');

/** What still asked for something on a day; what was decided then is not known. */
const OPEN_THEN = 'state:open,unresponsive';
/** What still asks for something: shown to who asks for nothing else, and written into the box. */
const UNSOLVED = 'state:open,unresponsive -decision:accept_risk,false_positive';

export function Exposures() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const cache = useQueryClient();
  const asOf = search.as_of;
  const usual = asOf ? OPEN_THEN : UNSOLVED;
  const filter = search.filter ?? (search.all ? '' : usual);
  const options = listExposuresInfiniteOptions({
    query: {
      ...(filter && { filter }),
      // The API's own; the others are put in order here.
      ...(search.sort === 'score' && !asOf && { sort: search.sort }),
      ...(asOf && { as_of: endOf(asOf) }),
      limit: PAGE_ROWS,
    },
  });
  const query = useInfiniteQuery({ ...options, ...keyset });
  const order = asOf && search.sort === 'score' ? undefined : search.sort;
  const items = sorted(rows(query.data), order);
  // The past cannot be decided on.
  const mayAct = useMay('exposures:act') && !asOf;
  const mayImport = useMay('runs:create');
  const org = useOrg();
  const selection = useSelection(items.map(({ key }) => key));
  const [columns, setColumns] = useColumns();
  // A state that changes in place does not move rows about; the list is read again when opened.
  useTopic('changes', (event) => {
    if (event.type === 'resync' || items.length === 0)
      void cache.invalidateQueries({ queryKey: options.queryKey });
  });
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next } });
  const narrow = (text: string) =>
    set({
      filter: text === '' || text === usual ? undefined : text,
      all: text === '' ? 'yes' : undefined,
    });
  const open = (view: SavedView) => {
    void navigate({
      search: {
        ...(view.filter === '' ? { all: 'yes' as const } : { filter: view.filter }),
        ...(view.sort === 'score' && { sort: 'score' as const }),
      },
    });
    const its = columnsOf(view.columns);
    setColumns(its.length > 0 ? its : USUAL);
  };
  const isArranged = search.group !== undefined || (search.sort && search.sort !== 'score');
  const fault = query.isError ? filterFault(asProblem(query.error)) : undefined;

  return (
    <Screen
      title="Exposures"
      says="Everything found so far, as it was last seen."
      actions={
        <>
          <CopyLink what="the link to these exposures" />
          {/* What is exported is as it stands. */}
          {fault === undefined && !asOf && (
            <>
              {mayImport && (
                <ButtonLink to="/o/$org/imports" params={{ org }}>
                  Import
                </ButtonLink>
              )}
              <ExportMenu filter={filter} sort={search.sort} />
            </>
          )}
        </>
      }
    >
      <div className="grid gap-3">
        <FilterBox
          label="Filter of exposures"
          value={filter}
          onChange={narrow}
          fault={fault}
          checks={items.map(({ check_id }) => check_id)}
        />
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <FieldChoice
            label="State"
            field="state"
            filter={filter}
            onChange={narrow}
            options={[
              ['', 'Any'],
              ['open,unresponsive', 'Open or unresponsive'],
              ...STATES.map((word) => [word, stateWord[word]] as const),
            ]}
          />
          <FieldChoice
            label="Severity"
            field="severity"
            filter={filter}
            onChange={narrow}
            options={[
              ['', 'Any'],
              ...SEVERITIES.map(
                (word) =>
                  [
                    word === 'critical' ? word : `>=${word}`,
                    word === 'critical' ? 'Critical' : `${severityWord[word]} and worse`,
                  ] as const,
              ),
            ]}
          />
          <Choice
            label="Group by"
            value={search.group ?? ''}
            onChange={(group) => set({ group: group || undefined })}
            options={[['', 'Nothing'], ...GROUPS.map((word) => [word, groupWord[word]] as const)]}
          />
          <Choice
            label="Order"
            value={search.sort ?? ''}
            onChange={(sort) => set({ sort: sort || undefined })}
            options={[['', 'Worst first'], ...SORTS.map((word) => [word, sortWord[word]] as const)]}
          />
          <ViewMenu
            shown={{ filter, columns: [...columns], sort: asSort(search.sort) }}
            onOpen={open}
          />
          <ColumnMenu columns={columns} onChange={setColumns} />
          <AsOf day={asOf} onChange={(day) => set({ as_of: day })} />
        </div>
        {asOf && <AsOfNotice day={asOf} onNow={() => set({ as_of: undefined })} />}
      </div>
      {fault === undefined && (
        <ListOf
          what="exposures"
          query={query}
          items={items}
          empty={<Nothing filter={filter} asOf={asOf} onShowAll={() => narrow('')} />}
        >
          {isArranged && query.hasNextPage && (
            <p role="status" className="text-sm text-ink-muted">
              {`Arranged are the ${items.length} read so far, the worst of all. Load more, or narrow the filter.`}
            </p>
          )}
          <ExposureTable
            items={items}
            columns={asOf ? columns.filter((id) => THEN.includes(id)) : columns}
            group={search.group}
            {...(mayAct && { selection })}
          />
        </ListOf>
      )}
      {mayAct && <ExposureBulk selection={selection} shown={items.length} filter={filter} />}
    </Screen>
  );
}

/** The API's orders; those of this screen are its own. */
function asSort(sort: string | undefined): 'severity' | 'score' {
  return sort === 'score' ? sort : 'severity';
}

/** A choice that writes its field into the filter; what it does not offer is shown as written. */
function FieldChoice(props: {
  label: string;
  field: string;
  filter: string;
  onChange: (filter: string) => void;
  options: readonly (readonly [value: string, says: string])[];
}) {
  const value = asked(props.filter, props.field);
  const isOffered = props.options.some(([each]) => each === value);
  return (
    <Choice
      label={props.label}
      value={value}
      onChange={(next) => props.onChange(withAsked(props.filter, props.field, next))}
      options={isOffered ? props.options : [...props.options, [value, 'As written']]}
    />
  );
}

function Nothing(props: { filter: string; asOf: string | undefined; onShowAll: () => void }) {
  const { filter, asOf, onShowAll } = props;
  const org = useOrg();
  const mayScan = useMay('runs:create');
  if (asOf)
    return (
      <EmptyState
        title={`Nothing was known on ${asOf}`}
        why="No exposure that was known by the end of that day is like this."
        action={filter !== '' && <Button onClick={onShowAll}>Clear the filter</Button>}
      />
    );
  if (filter !== '' && filter !== UNSOLVED)
    return (
      <EmptyState
        title="Nothing matches"
        why="No exposure is like this. The filter may hide others."
        action={<Button onClick={onShowAll}>Clear the filter</Button>}
      />
    );
  return (
    <EmptyState
      title={filter === '' ? 'Nothing found yet' : 'Nothing open'}
      why="Either nothing was scanned yet, or all that was found is fixed."
      action={
        mayScan && (
          <ButtonLink to="/o/$org/scans/new" params={{ org }} look="primary">
            Scan now
          </ButtonLink>
        )
      }
    />
  );
}
