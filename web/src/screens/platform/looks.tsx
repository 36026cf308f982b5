/** Who of the staff looks, or looked, with whose eyes; ending and agreeing. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMe } from '@/app/session';
import type { StaffView } from '@/client';
import {
  elevateImpersonationMutation,
  endImpersonationMutation,
  listImpersonationsOptions,
  listImpersonationsQueryKey,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';

/** Milliseconds between two looks at what goes on. */
const LOOK_EVERY_MS = 15_000;

export function Looks() {
  const looks = useQuery({ ...listImpersonationsOptions(), refetchInterval: LOOK_EVERY_MS });
  return (
    <Card title="Impersonations">
      {looks.isPending && <Waiting what="the impersonations" />}
      {looks.isError && <ProblemNotice error={looks.error} retry={() => void looks.refetch()} />}
      {looks.data?.items.length === 0 && (
        <EmptyState title="None so far" why="Each one stays listed here after it ended." />
      )}
      {looks.data && looks.data.items.length > 0 && (
        <Table label="Impersonations" head={['Who', 'As', 'In', 'Why', 'Ends', 'State', '']}>
          {looks.data.items.map((each) => (
            <Row key={each.id} each={each} />
          ))}
        </Table>
      )}
    </Card>
  );
}

function Row({ each }: { each: StaffView }) {
  const own = useMe().user.id === each.actor_id;
  const cache = useQueryClient();
  const again = () => cache.invalidateQueries({ queryKey: listImpersonationsQueryKey() });
  const elevate = useMutation({
    ...elevateImpersonationMutation(),
    onSuccess: () => {
      say(`${each.actor_name} may write as ${each.person.email} now.`);
      return again();
    },
  });
  const end = useMutation({
    ...endImpersonationMutation(),
    onSuccess: () => {
      say('The impersonation ended.');
      return again();
    },
  });
  return (
    <tr>
      <td className="font-medium">
        <Inert>{each.actor_name}</Inert>
        <ProblemNotice error={elevate.error ?? end.error} />
      </td>
      <td>{each.person.email}</td>
      <td>
        <Inert>{each.organization}</Inert>
      </td>
      <td className="max-w-72">
        <Inert>{each.reason}</Inert>
      </td>
      <td>
        <Moment at={each.expires_at} />
      </td>
      <td>
        {each.live ? <Badge tone="high">live</Badge> : <Badge tone="info">over</Badge>}{' '}
        {each.elevated && <Badge tone="critical">writes</Badge>}
      </td>
      <td>
        {each.live && (
          <span className="flex gap-1.5">
            {!own && !each.elevated && (
              <Button
                size="small"
                busy={elevate.isPending}
                onClick={() => elevate.mutate({ path: { id: each.id } })}
              >
                Let them write
              </Button>
            )}
            <Button
              size="small"
              look="danger"
              busy={end.isPending}
              onClick={() => end.mutate({ path: { id: each.id } })}
            >
              End
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}
