/** Scans that are requested by themselves: when, of what, and what became of the last time. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMay, useOrg } from '@/app/session';
import type { NewScanSchedule, ScanSchedule } from '@/client';
import {
  deleteScheduleMutation,
  listSchedulesOptions,
  listSchedulesQueryKey,
  updateScheduleMutation,
} from '@/client/@tanstack/react-query.gen';
import { count, profileWord } from '@/say/words';
import { Button, ButtonLink } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card } from '@/ui/screen';
import { say, sayProblem } from '@/ui/toast';
import { whenOf } from '@/ui/when';

/** What a schedule asks for, to be sent again with a change. */
const wanted = (it: ScanSchedule): NewScanSchedule => ({
  name: it.name,
  asset_ids: it.asset_ids,
  profile: it.profile,
  policy: it.policy,
  ports: it.ports,
  pool: it.pool,
  every: it.every,
  weekday: it.weekday,
  day: it.day,
  at: it.at,
  zone: it.zone,
  paused: it.paused,
});

export function Schedules() {
  const org = useOrg();
  const mayScan = useMay('runs:create');
  const schedules = useQuery(listSchedulesOptions());
  const cache = useQueryClient();
  const look = () => cache.invalidateQueries({ queryKey: listSchedulesQueryKey() });
  const change = useMutation({
    ...updateScheduleMutation(),
    onSuccess: look,
    onError: sayProblem,
  });
  const forget = useMutation({
    ...deleteScheduleMutation(),
    onSuccess: () => {
      say('The schedule is forgotten. Its scans stay.');
      return look();
    },
    onError: sayProblem,
  });
  if (schedules.isError)
    return <ProblemNotice error={schedules.error} retry={() => void schedules.refetch()} />;
  const items = schedules.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Card title="By themselves">
      <Table label="Schedules" head={['Name', 'Of', 'When', 'Next', 'Last', '']}>
        {items.map((it) => (
          <tr key={it.id}>
            <td>
              <Inert>{it.name}</Inert>
            </td>
            <td>
              {profileWord[it.profile].name},{' '}
              {it.asset_ids.length === 0
                ? 'every verified asset'
                : count(it.asset_ids.length, 'asset')}
            </td>
            <td>{whenOf(it)}</td>
            <td>{it.paused ? 'paused' : <Moment at={it.next_at} />}</td>
            <td>
              <Last it={it} />
            </td>
            <td>
              {mayScan && (
                <span className="flex gap-1.5">
                  <Button
                    size="small"
                    onClick={() =>
                      change.mutate({
                        path: { id: it.id },
                        body: { ...wanted(it), paused: !it.paused },
                      })
                    }
                  >
                    {it.paused ? 'Go on' : 'Pause'}
                  </Button>
                  <ButtonLink
                    size="small"
                    to="/o/$org/scans/new"
                    params={{ org }}
                    search={{ schedule: it.id }}
                  >
                    Change
                  </ButtonLink>
                  <Button size="small" onClick={() => forget.mutate({ path: { id: it.id } })}>
                    Forget
                  </Button>
                </span>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

/** What became of the time that came last. */
function Last({ it }: { it: ScanSchedule }) {
  const org = useOrg();
  if (!it.last_at) return <span className="text-ink-muted">not yet</span>;
  if (!it.last_run_id)
    return (
      <span className="text-danger">
        left out <Moment at={it.last_at} />: <Inert>{it.last_skipped ?? ''}</Inert>
      </span>
    );
  return (
    <ButtonLink
      size="small"
      to="/o/$org/scans/$run"
      params={{ org, run: it.last_run_id }}
      aria-label={`Scan of ${it.name}`}
    >
      <Moment at={it.last_at} />
    </ButtonLink>
  );
}
