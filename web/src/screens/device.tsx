/** A program shows a code and waits; the person types it here and decides (RFC 8628). */
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMe } from '@/app/session';
import {
  approveDeviceMutation,
  denyDeviceMutation,
  getDeviceOptions,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';

const route = getRouteApi('/in/device');

export function Device() {
  const { user_code } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Screen
      title="Let a program in"
      says="Only go on if you started it yourself and it shows you this code."
      narrow
    >
      <Card title="Code">
        <Form
          onSubmit={(form) => void navigate({ search: { user_code: String(form.get('code')) } })}
        >
          <TextField
            label="Code the program shows"
            name="code"
            key={user_code ?? ''}
            defaultValue={user_code ?? ''}
            placeholder="BCDF-GHJK"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            maxLength={32}
            required
          />
          <div>
            <Button type="submit" look={user_code ? 'secondary' : 'primary'}>
              Show the program
            </Button>
          </div>
        </Form>
      </Card>
      {user_code !== undefined && <Decide key={user_code} userCode={user_code} />}
    </Screen>
  );
}

function Decide({ userCode }: { userCode: string }) {
  const me = useMe();
  const waiting = useQuery(getDeviceOptions({ query: { user_code: userCode } }));
  const approve = useMutation(approveDeviceMutation());
  const deny = useMutation(denyDeviceMutation());
  if (approve.isSuccess)
    return <EmptyState title="It is let in" why="The program goes on by itself in a moment." />;
  if (deny.isSuccess)
    return <EmptyState title="It was turned away" why="The program is told, and gets nothing." />;
  const body = { user_code: userCode };
  return (
    <Card title="The program">
      {waiting.isPending && <Waiting what="what waits" />}
      <ProblemNotice error={waiting.error ?? approve.error ?? deny.error} />
      {waiting.data && (
        <>
          <Facts
            rows={[
              ['Calls itself', <Inert key="name">{waiting.data.client_name}</Inert>],
              ['From', waiting.data.ip || 'unknown'],
              ['Waits since', <Moment key="since" at={waiting.data.created_at} />],
              ['Would act as', me.user.email],
              ['In', me.organization.name],
            ]}
          />
          <div className="flex flex-wrap gap-2">
            <Button
              look="primary"
              busy={approve.isPending}
              onClick={() => approve.mutate({ body })}
            >
              Let it in
            </Button>
            <Button busy={deny.isPending} onClick={() => deny.mutate({ body })}>
              Turn it away
            </Button>
          </div>
        </>
      )}
    </Card>
  );
}
