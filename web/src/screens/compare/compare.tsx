/** Two runs beside each other: what is different after the later one. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { KeptSince } from '@/app/kept-since';
import { useOrg } from '@/app/session';
import type { Run } from '@/client';
import { getScanOptions, listScansOptions } from '@/client/@tanstack/react-query.gen';
import { isOver, profileWord } from '@/say/words';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';
import { Difference } from './difference';

const route = getRouteApi('/in/o/$org/scans/$run/compare/$with');

/** Runs that are offered. */
const OFFERED = 50;

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
      <KeptSince />
      {isReady ? (
        <Difference earlier={earlier} later={later} />
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
