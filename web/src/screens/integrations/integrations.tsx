/** What this organization is joined to: each way with how it stands, and the one place to change it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay, useOrg } from '@/app/session';
import {
  getNotificationSettingsOptions,
  listApiKeysOptions,
  listDeliveriesOptions,
  listSsoConnectionsOptions,
} from '@/client/@tanstack/react-query.gen';
import { DEAD_AFTER_DAYS, keyState } from '@/say/keys';
import { count, severityWord } from '@/say/words';
import { Badge } from '@/ui/badge';
import { ButtonLink } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { Joined } from './joined';

/** Deliveries looked at for how mail fares. */
const LOOKED_AT = 20;
export function Integrations() {
  const mayManageKeys = useMay('keys:manage');
  const mayManageSignOn = useMay('sso:manage');
  return (
    <Screen title="Integrations" says="What Watchtower is joined to here, and how it stands.">
      <Joined />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <Mail />
        {mayManageKeys && <Keys />}
        {mayManageSignOn && <SignOn />}
        <CommandLine />
        <CodeScanning />
      </div>
      <p className="max-w-prose text-sm text-ink-muted">
        For whatever else keeps tickets, a webhook can make them. With an API key,{' '}
        <code className="font-mono">/changes</code> has every change since a moment and{' '}
        <code className="font-mono">/events</code> is the same as a stream.
      </p>
    </Screen>
  );
}

function Mail() {
  const org = useOrg();
  const settings = useQuery(getNotificationSettingsOptions());
  const sent = useQuery(listDeliveriesOptions({ query: { limit: LOOKED_AT } }));
  const items = sent.data?.items ?? [];
  const failed = items.filter(({ state }) => state === 'failed');
  const last = items.find(({ state }) => state === 'sent');
  return (
    <Way
      title="E-mail"
      queries={[settings, sent]}
      badge={
        settings.data &&
        (!settings.data.email_enabled ? (
          <Badge tone="info">off</Badge>
        ) : failed.length > 0 ? (
          <Badge tone="critical">{`${failed.length} of ${items.length} failed`}</Badge>
        ) : (
          <Badge tone="good">on</Badge>
        ))
      }
      action={
        <ButtonLink to="/o/$org/settings/notifications" params={{ org }} size="small">
          Notifications
        </ButtonLink>
      }
    >
      {settings.data?.email_enabled
        ? `One mail for a run that changed something from ${severityWord[settings.data.min_severity].toLowerCase()} on, to ${
            settings.data.recipients.length === 0
              ? 'every member'
              : count(settings.data.recipients.length, 'address', 'addresses')
          }.`
        : 'Nobody is mailed about changes.'}{' '}
      {last && (
        <>
          Last sent <Moment at={last.sent_at ?? last.created_at} />.
        </>
      )}
      {failed[0]?.last_error && (
        <span className="text-danger">
          {' '}
          <Inert>{failed[0].last_error}</Inert>
        </span>
      )}
    </Way>
  );
}

function Keys() {
  const org = useOrg();
  const keys = useQuery(listApiKeysOptions());
  const states = (keys.data?.items ?? []).map((key) => keyState(key, Date.now()));
  const dead = states.filter((state) => state === 'unused');
  const working = [...states.filter((state) => state === 'works'), ...dead];
  return (
    <Way
      title="API keys"
      queries={[keys]}
      badge={
        keys.data && (
          <Badge tone={working.length > 0 ? 'good' : 'info'}>{count(working.length, 'key')}</Badge>
        )
      }
      action={
        <ButtonLink to="/o/$org/settings/api-keys" params={{ org }} size="small">
          {working.length > 0 ? 'API keys' : 'Make a key'}
        </ButtonLink>
      }
    >
      For programs of your own and for CI.{' '}
      {dead.length > 0 &&
        `${count(dead.length, 'key was', 'keys were')} not used for ${DEAD_AFTER_DAYS} days: revoke what nobody needs.`}
    </Way>
  );
}

function SignOn() {
  const org = useOrg();
  const connections = useQuery(listSsoConnectionsOptions());
  const items = connections.data?.items ?? [];
  const on = items.filter(({ enabled }) => enabled);
  return (
    <Way
      title="Single sign-on"
      queries={[connections]}
      badge={
        connections.data && (
          <Badge tone={on.length > 0 ? 'good' : 'info'}>
            {on.length > 0 ? count(on.length, 'provider') : 'off'}
          </Badge>
        )
      }
      action={
        <ButtonLink to="/o/$org/settings/single-sign-on" params={{ org }} size="small">
          {items.length > 0 ? 'Single sign-on' : 'Connect a provider'}
        </ButtonLink>
      }
    >
      {on.some(({ enforced }) => enforced)
        ? 'People of its domains come in this way alone.'
        : 'People may come in with the account they have at work (OpenID Connect).'}
    </Way>
  );
}

function CommandLine() {
  return (
    <Way
      title="Command line"
      action={
        <ButtonLink to="/device" size="small">
          Let a program in
        </ButtonLink>
      }
    >
      <code className="font-mono">watchtower login</code> shows a code; you type it here, so no
      secret is copied. What was let in is among{' '}
      <Link to="/me" className="text-accent underline">
        your sign-ins
      </Link>
      .
    </Way>
  );
}

function CodeScanning() {
  const command = `curl -H "Authorization: Bearer $WATCHTOWER_KEY" "${window.location.origin}/api/v1/exposures/export?format=sarif&filter=state:open" -o exposures.sarif`;
  return (
    <Way title="Code scanning (SARIF)" action={<CopyButton value={command} what="command" />}>
      What is open as SARIF 2.1.0, which code scanning of GitHub and others take. With a key that
      may read exposures:
      <code className="mt-2 block rounded-md bg-sunken p-2 font-mono text-xs break-all">
        {command}
      </code>
    </Way>
  );
}

interface Asked {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => unknown;
}

/** One way in or out: how it stands, what it is for, and where it is changed. */
function Way(props: {
  title: string;
  badge?: ReactNode;
  action: ReactNode;
  queries?: readonly Asked[];
  children: ReactNode;
}) {
  const failed = props.queries?.find(({ isError }) => isError);
  const isWaiting = props.queries?.some(({ isPending }) => isPending) === true;
  return (
    <Card title={props.title} actions={props.badge}>
      {failed && <ProblemNotice error={failed.error} retry={() => void failed.refetch()} />}
      {isWaiting && <Waiting what={props.title.toLowerCase()} />}
      {!failed && !isWaiting && <div className="text-sm text-ink-muted">{props.children}</div>}
      <div className="flex flex-wrap gap-2">{props.action}</div>
    </Card>
  );
}
