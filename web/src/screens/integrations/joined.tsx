/** Webhooks, chats and trackers: how each stands, what it is told, and everything that can be done with it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '@/app/session';
import type { FreshIntegration, Integration } from '@/client';
import {
  deleteIntegrationMutation,
  listIntegrationDeliveriesQueryKey,
  listIntegrationsOptions,
  replaceIntegrationMutation,
  rotateIntegrationSecretMutation,
  testIntegrationMutation,
} from '@/client/@tanstack/react-query.gen';
import { count, eventWord, severityWord } from '@/say/words';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { Delivered } from './delivered';
import { useReadAgain } from './read-again';
import { Secret } from './secret';
import { Settings } from './settings';

const KIND = { webhook: 'webhook', slack: 'Slack', github: 'GitHub', jira: 'Jira' } as const;

/** What is open in front of the list. */
type Open = { what: 'new' } | { what: 'settings' | 'remove'; of: Integration };

export function Joined() {
  const mayManage = useMay('notifications:manage');
  const joined = useQuery(listIntegrationsOptions());
  const [open, setOpen] = useState<Open>();
  const [fresh, setFresh] = useState<FreshIntegration>();
  const close = () => setOpen(undefined);
  const items = joined.data?.items ?? [];
  const add = mayManage && (
    <Button look="primary" size="small" onClick={() => setOpen({ what: 'new' })}>
      Join something
    </Button>
  );
  return (
    <Card title="Webhooks, Slack, GitHub and Jira" actions={items.length > 0 && add}>
      {joined.isPending && <Waiting what="integrations" />}
      {joined.isError && <ProblemNotice error={joined.error} retry={() => void joined.refetch()} />}
      {joined.data && items.length === 0 && (
        <EmptyState
          title="Nobody else is told"
          why="A webhook tells a program of yours what a run changed, signed; Slack tells people; GitHub and Jira get an issue an exposure. Each has a rule of its own."
          action={add}
        />
      )}
      <ul className="grid gap-3">
        {items.map((each) => (
          <One key={each.id} each={each} open={setOpen} onRotated={setFresh} />
        ))}
      </ul>
      {open?.what === 'new' && <Settings onClose={close} onMade={setFresh} />}
      {open?.what === 'settings' && <Settings of={open.of} onClose={close} onMade={setFresh} />}
      {open?.what === 'remove' && <Removal of={open.of} onClose={close} />}
      {fresh && fresh.secret !== '' && <Secret fresh={fresh} onClose={() => setFresh(undefined)} />}
    </Card>
  );
}

function One(props: {
  each: Integration;
  open: (open: Open) => void;
  onRotated: (fresh: FreshIntegration) => void;
}) {
  const { each } = props;
  const [shown, setShown] = useState(false);
  return (
    <li className="grid gap-2 rounded-lg border border-line p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-medium">
          <Inert>{each.name}</Inert>{' '}
          <span className="text-sm font-normal text-ink-muted">
            {KIND[each.kind]}
            {each.tracker && (
              <>
                {' '}
                <Inert>{each.tracker.project}</Inert>
              </>
            )}{' '}
            at <Inert>{each.origin}</Inert>
          </span>
        </h3>
        <Standing each={each} />
      </div>
      <p className="text-sm text-ink-muted">
        {ruleInWords(each)}{' '}
        {each.last_sent_at && (
          <>
            Last sent <Moment at={each.last_sent_at} />.
          </>
        )}
        {each.old_secret_until && Date.parse(each.old_secret_until) > Date.now() && (
          <>
            {' '}
            Signed with the old secret too until <Moment at={each.old_secret_until} />.
          </>
        )}
      </p>
      {each.failing && (
        <p className="text-sm text-danger">
          The last attempt failed: <Inert>{each.failing}</Inert>.
        </p>
      )}
      {each.disabled_reason && (
        <p className="text-sm text-danger">
          Switched off by itself: <Inert>{each.disabled_reason}</Inert>.
        </p>
      )}
      <Actions {...props} onTested={() => setShown(true)} shown={shown} show={setShown} />
      {shown && <Delivered of={each} />}
    </li>
  );
}

function Standing({ each }: { each: Integration }) {
  if (each.disabled_reason) return <Badge tone="critical">switched off</Badge>;
  if (!each.enabled) return <Badge tone="info">off</Badge>;
  if (each.failing !== '') return <Badge tone="high">failing</Badge>;
  if (each.failures > 0) return <Badge tone="medium">{`${each.failures} given up`}</Badge>;
  return <Badge tone="good">on</Badge>;
}

/** The rule as a sentence. */
function ruleInWords(each: Integration): string {
  const what =
    each.events.length === 0
      ? 'Every change'
      : each.events.map((event) => eventWord[event]).join(', ');
  const where = each.asset_ids.length === 0 ? '' : ` at ${count(each.asset_ids.length, 'asset')}`;
  return `${what}${where} from ${severityWord[each.min_severity].toLowerCase()} on.`;
}

function Actions(props: {
  each: Integration;
  open: (open: Open) => void;
  onRotated: (fresh: FreshIntegration) => void;
  onTested: () => void;
  shown: boolean;
  show: (shown: boolean) => void;
}) {
  const { each } = props;
  const mayManage = useMay('notifications:manage');
  const cache = useQueryClient();
  const again = useReadAgain();
  const path = { id: each.id };
  const test = useMutation({
    ...testIntegrationMutation(),
    onSuccess: () => {
      props.onTested();
      return cache.invalidateQueries({ queryKey: listIntegrationDeliveriesQueryKey({ path }) });
    },
  });
  const rotate = useMutation({
    ...rotateIntegrationSecretMutation(),
    onSuccess: (fresh) => {
      props.onRotated(fresh);
      return again();
    },
  });
  const turn = useMutation({ ...replaceIntegrationMutation(), onSuccess: again });
  const { kind, name, min_severity, events, asset_ids, tracker } = each;
  const turned = {
    ...{ kind, name, min_severity, events, asset_ids, enabled: !each.enabled },
    ...(tracker && { tracker }),
  };
  return (
    <>
      <ProblemNotice error={test.error ?? rotate.error ?? turn.error} />
      <div className="flex flex-wrap gap-1.5">
        <Button size="small" aria-expanded={props.shown} onClick={() => props.show(!props.shown)}>
          Deliveries
        </Button>
        {mayManage && (
          <>
            <Button size="small" busy={test.isPending} onClick={() => test.mutate({ path })}>
              Send test
            </Button>
            <Button size="small" onClick={() => props.open({ what: 'settings', of: each })}>
              Settings
            </Button>
            {each.kind === 'webhook' && (
              <Button size="small" busy={rotate.isPending} onClick={() => rotate.mutate({ path })}>
                Rotate secret
              </Button>
            )}
            <Button
              size="small"
              busy={turn.isPending}
              onClick={() => turn.mutate({ path, body: turned })}
            >
              {each.enabled ? 'Switch off' : 'Switch on'}
            </Button>
            <Button
              size="small"
              look="quiet"
              onClick={() => props.open({ what: 'remove', of: each })}
            >
              Remove
            </Button>
          </>
        )}
      </div>
    </>
  );
}

function Removal({ of, onClose }: { of: Integration; onClose: () => void }) {
  const again = useReadAgain();
  const remove = useMutation({
    ...deleteIntegrationMutation(),
    onSuccess: () => {
      onClose();
      say(`${of.name} was removed.`);
      return again();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Remove it?"
      says="Nothing more is sent there. What was sent is forgotten here."
    >
      <ProblemNotice error={remove.error} />
      <div className="flex gap-2">
        <Button
          look="danger"
          busy={remove.isPending}
          onClick={() => remove.mutate({ path: { id: of.id } })}
        >
          Remove
        </Button>
        <Button onClick={onClose}>Keep it</Button>
      </div>
    </Dialog>
  );
}
