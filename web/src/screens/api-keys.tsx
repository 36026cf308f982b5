/** Keys for programs: made, rotated with an overlap, revoked. A secret is shown once. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay, useMe } from '@/app/session';
import type { ApiKey, FreshApiKey } from '@/client';
import {
  createApiKeyMutation,
  listApiKeysOptions,
  listApiKeysQueryKey,
  revokeApiKeyMutation,
  rotateApiKeyMutation,
} from '@/client/@tanstack/react-query.gen';
import { DEAD_AFTER_DAYS, type KeyState, keyState } from '@/say/keys';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';

/** How long the old secret works after a rotation from here, seconds: a day to deploy the new. */
const OVERLAP_SECONDS = 86_400;
const TONE: Record<KeyState, 'good' | 'medium' | 'info'> = {
  works: 'good',
  unused: 'medium',
  expired: 'info',
  revoked: 'info',
};
const SCOPES_OF_NO_KEY = [
  'organization:write',
  'keys:manage',
  'members:manage',
  'billing:manage',
  'sso:manage',
  'platform:operate',
  'assets:attest',
];

export function ApiKeys() {
  const mayManage = useMay('keys:manage');
  const [fresh, setFresh] = useState<FreshApiKey>();
  return (
    <Screen
      title="API keys"
      says="For programs. A key may do what it is given and what its maker may, whichever is less."
    >
      {mayManage ? (
        <>
          <NewKey onMade={setFresh} />
          <Keys onRotated={setFresh} />
        </>
      ) : (
        <EmptyState
          title="Keys are managed by others"
          why="Your role here does not manage API keys. An owner or admin can make one for you."
        />
      )}
      <Dialog
        open={fresh !== undefined}
        onClose={() => setFresh(undefined)}
        title="Copy the key now"
        says="It is stored only as a hash and can't be shown again."
      >
        {fresh && (
          <div className="grid gap-3">
            <code className="rounded-md bg-sunken p-3 font-mono text-sm break-all">
              {fresh.secret}
            </code>
            <div>
              <CopyButton value={fresh.secret} what="key" />
            </div>
          </div>
        )}
      </Dialog>
    </Screen>
  );
}

function useAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listApiKeysQueryKey() });
}

function NewKey({ onMade }: { onMade: (key: FreshApiKey) => void }) {
  const scopes = useMe().permissions.filter((each) => !SCOPES_OF_NO_KEY.includes(each));
  const again = useAgain();
  const make = useMutation({
    ...createApiKeyMutation(),
    onSuccess: (made) => {
      onMade(made);
      return again();
    },
  });
  const submit = (form: FormData) =>
    make.mutate({
      body: { name: String(form.get('name')), scopes: form.getAll('scopes').map(String) },
    });
  return (
    <Card title="New key">
      <Form onSubmit={submit} errors={make.error ? asProblem(make.error).byField() : {}}>
        <TextField label="What it is for" name="name" maxLength={100} required />
        <fieldset className="grid gap-1.5">
          <legend className="mb-1.5 text-sm font-medium">What it may do</legend>
          <div className="grid gap-1.5 sm:grid-cols-3">
            {scopes.map((scope) => (
              <label key={scope} className="flex items-center gap-2 text-sm">
                <input type="checkbox" name="scopes" value={scope} className="accent-accent" />
                <code className="font-mono">{scope}</code>
              </label>
            ))}
          </div>
        </fieldset>
        <ProblemNotice error={make.error} />
        <div>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make a key
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function Keys({ onRotated }: { onRotated: (key: FreshApiKey) => void }) {
  const keys = useQuery(listApiKeysOptions());
  if (keys.isPending) return <Waiting what="the keys" />;
  if (keys.isError) return <ProblemNotice error={keys.error} retry={() => void keys.refetch()} />;
  if (keys.data.items.length === 0)
    return (
      <EmptyState title="No keys yet" why="Programs sign in with a key; people never need one." />
    );
  return (
    <Table label="API keys" head={['For', 'Begins with', 'May', 'Last used', 'State', '']}>
      {keys.data.items.map((each) => (
        <Row key={each.id} each={each} onRotated={onRotated} />
      ))}
    </Table>
  );
}

function Row({ each, onRotated }: { each: ApiKey; onRotated: (key: FreshApiKey) => void }) {
  const again = useAgain();
  const rotate = useMutation({
    ...rotateApiKeyMutation(),
    onSuccess: (fresh) => {
      onRotated(fresh);
      return again();
    },
  });
  const revoke = useMutation({
    ...revokeApiKeyMutation(),
    onSuccess: () => {
      say(`${each.name} was revoked.`);
      return again();
    },
  });
  const state = keyState(each, Date.now());
  return (
    <tr>
      <td className="font-medium">
        <Inert>{each.name}</Inert>
        <ProblemNotice error={rotate.error ?? revoke.error} />
      </td>
      <td>
        <code className="font-mono">{each.prefix}…</code>
      </td>
      <td className="max-w-72 font-mono text-xs">{each.scopes.join(' ')}</td>
      <td>{each.last_used_at ? <Moment at={each.last_used_at} /> : 'never'}</td>
      <td>
        <Badge tone={TONE[state]}>{state}</Badge>
        {state === 'unused' && (
          <p className="text-[0.8125rem] text-ink-muted">
            Not used for {DEAD_AFTER_DAYS} days. Revoke it unless somebody needs it.
          </p>
        )}
        {!each.revoked_at && each.expires_at && (
          <p className="text-[0.8125rem] text-ink-muted">
            {state === 'expired' ? 'ended' : 'ends'} <Moment at={each.expires_at} />
          </p>
        )}
        {!each.revoked_at && each.old_until && (
          <p className="text-[0.8125rem] text-ink-muted">
            old secret until <Moment at={each.old_until} />
          </p>
        )}
      </td>
      <td>
        {!each.revoked_at && (
          <span className="flex gap-1.5">
            <Button
              size="small"
              busy={rotate.isPending}
              onClick={() =>
                rotate.mutate({ path: { id: each.id }, body: { overlap_seconds: OVERLAP_SECONDS } })
              }
            >
              Rotate
            </Button>
            <Button
              size="small"
              look="danger"
              busy={revoke.isPending}
              onClick={() => revoke.mutate({ path: { id: each.id } })}
            >
              Revoke
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}
