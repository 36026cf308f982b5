/** One connection: what it is, the proof of its domains, enforcing it, changing and removing it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { NewSsoConnection, SsoConnection, SsoDomain } from '@/client';
import {
  checkSsoDomainMutation,
  deleteSsoConnectionMutation,
  listSsoConnectionsQueryKey,
  replaceSsoConnectionMutation,
} from '@/client/@tanstack/react-query.gen';
import { Badge, VerifiedBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts } from '@/ui/screen';
import { say } from '@/ui/toast';
import { roleLines } from './role-lines';
import { Check, SettingsForm } from './settings-form';

/** The settings of a connection as they are; the stored secret stays. */
function settings(of: SsoConnection): NewSsoConnection {
  const { id: _id, has_client_secret: _secret, created_at: _at, domains, ...rest } = of;
  return { ...rest, domains: domains.map(({ domain }) => domain) };
}

function useAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listSsoConnectionsQueryKey() });
}

export function Connection({ each }: { each: SsoConnection }) {
  const [editing, setEditing] = useState(false);
  const again = useAgain();
  const change = useMutation({
    ...replaceSsoConnectionMutation(),
    onSuccess: () => {
      setEditing(false);
      return again();
    },
  });
  const save = (body: NewSsoConnection) => change.mutate({ path: { id: each.id }, body });
  if (editing)
    return (
      <Card title={`Change ${each.name}`}>
        <SettingsForm
          of={each}
          save={save}
          busy={change.isPending}
          error={change.error}
          cancel={() => setEditing(false)}
          says="Save"
        />
      </Card>
    );
  return (
    <Card
      title={each.name}
      actions={
        <span className="flex items-center gap-1.5">
          <State of={each} />
          <Button size="small" onClick={() => setEditing(true)}>
            Change
          </Button>
          <Remove each={each} />
        </span>
      }
    >
      <What of={each} />
      <Domains of={each} />
      <Switches of={each} busy={change.isPending} save={save} />
      <ProblemNotice error={change.error} />
    </Card>
  );
}

function State({ of }: { of: SsoConnection }) {
  if (!of.enabled) return <Badge tone="info">off</Badge>;
  if (!of.domains.some((each) => each.verified_at))
    return <Badge tone="medium">no proven domain</Badge>;
  return of.enforced ? <Badge tone="good">enforced</Badge> : <Badge tone="good">works</Badge>;
}

function What({ of }: { of: SsoConnection }) {
  const roles = roleLines(of.role_map);
  return (
    <Facts
      rows={[
        ['Issuer', <Inert key="issuer">{of.issuer}</Inert>],
        ['Client id', <Inert key="client">{of.client_id}</Inert>],
        ['Secret', of.has_client_secret ? 'stored, sealed' : 'none'],
        [
          'Roles',
          roles === '' ? (
            'given here'
          ) : (
            <pre key="roles" className="font-mono text-[0.8125rem] whitespace-pre-wrap">
              {of.role_claim}: {roles.replaceAll('\n', ', ')}
            </pre>
          ),
        ],
        ['Others become', of.default_role || 'nobody'],
        ['New people', of.just_in_time ? 'get an account' : 'have to be invited'],
      ]}
    />
  );
}

function Domains({ of }: { of: SsoConnection }) {
  if (of.domains.length === 0)
    return (
      <p className="text-sm text-ink-muted">No domain yet: change the connection to add one.</p>
    );
  return (
    <ul className="grid gap-2" aria-label="Domains">
      {of.domains.map((each) => (
        <Domain key={each.domain} each={each} connection={of.id} />
      ))}
    </ul>
  );
}

function Domain({ each, connection }: { each: SsoDomain; connection: string }) {
  const again = useAgain();
  const check = useMutation({
    ...checkSsoDomainMutation(),
    onSuccess: (now) => {
      const seen = now.domains.find(({ domain }) => domain === each.domain)?.verified_at;
      say(seen ? `${each.domain} is proven.` : `No such record at ${each.record_name} yet.`);
      return again();
    },
  });
  return (
    <li className="grid gap-2 rounded-lg border border-line p-3 text-sm">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="flex items-center gap-2 font-medium">
          <Inert>{each.domain}</Inert>
          <VerifiedBadge verified={Boolean(each.verified_at)} />
        </span>
        <Button
          size="small"
          busy={check.isPending}
          onClick={() => check.mutate({ path: { id: connection }, body: { domain: each.domain } })}
        >
          {each.verified_at ? 'Check again' : 'Check now'}
        </Button>
      </div>
      <Record what="name" value={each.record_name} />
      <Record what="value" value={each.record_value} />
      <ProblemNotice error={check.error} />
    </li>
  );
}

/** A part of the TXT record. */
function Record({ what, value }: { what: string; value: string }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="text-ink-muted">TXT {what}</span>
      <code className="font-mono text-[0.8125rem] break-all">{value}</code>
      <CopyButton value={value} what={`record ${what}`} />
    </div>
  );
}

function Switches(props: {
  of: SsoConnection;
  busy: boolean;
  save: (settings: NewSsoConnection) => void;
}) {
  const { of, busy } = props;
  const proven = of.domains.some((each) => each.verified_at);
  return (
    <div className="grid gap-2">
      <Check
        checked={of.enabled}
        disabled={busy}
        onChange={(enabled) => props.save({ ...settings(of), enabled })}
      >
        People can sign in here
      </Check>
      <Check
        checked={of.enforced}
        disabled={busy || (!proven && !of.enforced)}
        onChange={(enforced) => props.save({ ...settings(of), enforced })}
      >
        Enforce: refuse passwords of members of the proven domains
      </Check>
      <p className="text-[0.8125rem] text-ink-muted">
        Owners keep their password, so that a provider that is away locks nobody out for good.
        {!proven && ' Prove a domain and sign in once before you enforce it.'}
      </p>
    </div>
  );
}

function Remove({ each }: { each: SsoConnection }) {
  const [asking, setAsking] = useState(false);
  const again = useAgain();
  const remove = useMutation({
    ...deleteSsoConnectionMutation(),
    onSuccess: () => {
      say(`${each.name} was removed.`);
      return again();
    },
  });
  return (
    <>
      <Button size="small" look="danger" onClick={() => setAsking(true)}>
        Remove
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Remove ${each.name}?`}
        says="Its people stay members and sign in with a password again; who has none asks for a reset by mail. Its domains have to be proven anew."
      >
        <ProblemNotice error={remove.error} />
        <div>
          <Button
            look="danger"
            busy={remove.isPending}
            onClick={() => remove.mutate({ path: { id: each.id } })}
          >
            Remove the connection
          </Button>
        </div>
      </Dialog>
    </>
  );
}
