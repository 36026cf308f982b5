/** Every run, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay, useOrg } from '@/app/session';
import { listScansInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { isOver, RUN_KINDS, runKindWord } from '@/say/words';
import { ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { ListOf } from '@/ui/list';
import { Screen } from '@/ui/screen';
import { Schedules } from './schedules';
import { RunTable } from './table';

const route = getRouteApi('/in/o/$org/scans');

/** Milliseconds between looks while something runs. */
const LOOK_MS = 4_000;

export function Scans() {
  const { kind } = route.useSearch();
  const navigate = route.useNavigate();
  const org = useOrg();
  const mayScan = useMay('runs:create');
  const query = useInfiniteQuery({
    ...listScansInfiniteOptions({ query: { kind, limit: PAGE_ROWS } }),
    ...keyset,
    refetchInterval: (current) =>
      current.state.data?.pages[0]?.items.some((run) => !isOver(run.state)) ? LOOK_MS : false,
  });
  const items = rows(query.data);
  const scan = mayScan && (
    <ButtonLink to="/o/$org/scans/new" params={{ org }} look="primary">
      New scan
    </ButtonLink>
  );
  return (
    <Screen title="Scans" says="Every run, what it looked at and how it ended." actions={scan}>
      <Schedules />
      <div>
        <Choice
          label="Kind"
          value={kind ?? ''}
          onChange={(value) => void navigate({ search: { kind: value || undefined } })}
          options={[['', 'Any'], ...RUN_KINDS.map((word) => [word, runKindWord[word]] as const)]}
        />
      </div>
      <ListOf
        what="scans"
        query={query}
        items={items}
        empty={
          <EmptyState
            title={kind ? 'No scan of this kind' : 'No scans yet'}
            why="A scan looks at verified assets and says what is exposed."
            action={scan}
          />
        }
      >
        <RunTable items={items} />
      </ListOf>
    </Screen>
  );
}
