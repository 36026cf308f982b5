/** The last messages to one integration, and sending one again. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMay } from '@/app/session';
import type { Integration, IntegrationDelivery } from '@/client';
import {
  listIntegrationDeliveriesOptions,
  listIntegrationDeliveriesQueryKey,
  replayIntegrationDeliveryMutation,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';

/** Messages shown; the API has the rest. */
const SHOWN = 20;
/** How often is looked while a message is on its way, milliseconds. */
const LOOK_AGAIN = 1_000;
const TONE = { pending: 'info', sent: 'good', failed: 'critical' } as const;

/** Whether a message is on its way, not waiting for another attempt. */
function isUnderWay(each: IntegrationDelivery): boolean {
  return each.state === 'pending' && each.attempts === 0;
}

export function Delivered({ of }: { of: Integration }) {
  const sent = useQuery({
    ...listIntegrationDeliveriesOptions({ path: { id: of.id }, query: { limit: SHOWN } }),
    refetchInterval: ({ state }) =>
      state.data?.items.some(isUnderWay) === true ? LOOK_AGAIN : false,
  });
  if (sent.isPending) return <Waiting what="the deliveries" />;
  if (sent.isError) return <ProblemNotice error={sent.error} retry={() => void sent.refetch()} />;
  if (sent.data.items.length === 0)
    return <p className="text-sm text-ink-muted">Nothing was sent yet. Send a test.</p>;
  return (
    <Table label={`Deliveries to ${of.name}`} head={['State', 'Message', 'Answer', 'When', '']}>
      {sent.data.items.map((each) => (
        <Row key={each.id} of={of} each={each} />
      ))}
    </Table>
  );
}

function Row({ of, each }: { of: Integration; each: IntegrationDelivery }) {
  const mayManage = useMay('notifications:manage');
  const cache = useQueryClient();
  const path = { id: of.id, delivery_id: each.id };
  const replay = useMutation({
    ...replayIntegrationDeliveryMutation(),
    onSuccess: () =>
      cache.invalidateQueries({
        queryKey: listIntegrationDeliveriesQueryKey({ path: { id: of.id } }),
      }),
  });
  const isTest = each.run_id === '' && each.exposure === '';
  const mayReplay = mayManage && of.enabled && each.state !== 'pending' && !isTest;
  return (
    <tr>
      <td>
        <Badge tone={TONE[each.state]}>{each.state}</Badge>
      </td>
      <td>
        <Inert>{each.subject}</Inert>
        <code className="block font-mono text-xs text-ink-muted">{each.message_id}</code>
        <ProblemNotice error={replay.error} />
      </td>
      <td>
        {each.last_status ?? '–'}
        {each.last_error && (
          <p
            className={`text-[0.8125rem] ${each.state === 'sent' ? 'text-ink-muted' : 'text-danger'}`}
          >
            <Inert>{each.last_error}</Inert>
          </p>
        )}
        {each.attempts > 1 && (
          <p className="text-[0.8125rem] text-ink-muted">{each.attempts} attempts</p>
        )}
      </td>
      <td>
        <Moment at={each.sent_at ?? each.created_at} />
        {each.next_attempt_at && each.attempts > 0 && (
          <p className="text-[0.8125rem] text-ink-muted">
            again <Moment at={each.next_attempt_at} />
          </p>
        )}
      </td>
      <td>
        {mayReplay && (
          <Button size="small" busy={replay.isPending} onClick={() => replay.mutate({ path })}>
            Send again
          </Button>
        )}
      </td>
    </tr>
  );
}
