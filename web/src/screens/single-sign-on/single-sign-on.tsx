/** Single sign-on: connections to identity providers, their domains and who gets which role. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '@/app/session';
import type { NewSsoConnection } from '@/client';
import {
  createSsoConnectionMutation,
  listSsoConnectionsOptions,
  listSsoConnectionsQueryKey,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { EmptyState } from '@/ui/empty-state';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { Connection } from './connection';
import { SettingsForm } from './settings-form';

export function SingleSignOn() {
  const mayManage = useMay('sso:manage');
  return (
    <Screen
      narrow
      title="Single sign-on"
      says="People of your domains sign in at your own identity provider (OpenID Connect)."
    >
      {mayManage ? (
        <Connections />
      ) : (
        <EmptyState
          title="Single sign-on is managed by owners"
          why="Whoever decides who may sign in as whom could be anybody here, so only owners, and whom they gave sso:manage, see this."
        />
      )}
    </Screen>
  );
}

function Connections() {
  const [adding, setAdding] = useState(false);
  const connections = useQuery(listSsoConnectionsOptions());
  if (connections.isPending) return <Waiting what="the connections" />;
  if (connections.isError)
    return <ProblemNotice error={connections.error} retry={() => void connections.refetch()} />;
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      Add a connection
    </Button>
  );
  const { items } = connections.data;
  return (
    <>
      {items.map((each) => (
        <Connection key={each.id} each={each} />
      ))}
      {adding && <NewConnection onDone={() => setAdding(false)} />}
      {!adding && items.length === 0 && (
        <EmptyState
          title="No connection yet"
          why="Connect Okta, Google, Auth0, Keycloak or another OpenID Connect provider; everybody goes on with a password until you enforce it."
          action={add}
        />
      )}
      {!adding && items.length > 0 && <div>{add}</div>}
    </>
  );
}

function NewConnection({ onDone }: { onDone: () => void }) {
  const cache = useQueryClient();
  const make = useMutation({
    ...createSsoConnectionMutation(),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: listSsoConnectionsQueryKey() });
      onDone();
    },
  });
  const save = (body: NewSsoConnection) => make.mutate({ body });
  return (
    <Card title="New connection">
      <RedirectAddress />
      <SettingsForm
        save={save}
        busy={make.isPending}
        error={make.error}
        cancel={onDone}
        says="Add the connection"
      />
    </Card>
  );
}

/** What the provider has to be told before anything works. */
function RedirectAddress() {
  const address = `${window.location.origin}/api/v1/auth/sso/callback`;
  return (
    <div className="grid gap-1.5 text-sm">
      <p>At the provider, make a web application with this redirect address:</p>
      <div className="flex flex-wrap items-center gap-2">
        <code className="rounded-md bg-sunken px-2 py-1 font-mono text-[0.8125rem] break-all">
          {address}
        </code>
        <CopyButton value={address} what="redirect address" />
      </div>
    </div>
  );
}
