/** How the person signs in: address, password, live sessions. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { asProblem } from '@/api/problem';
import { useMe } from '@/app/session';
import {
  changePasswordMutation,
  endOtherSessionsMutation,
  endSessionMutation,
  listSessionsOptions,
  listSessionsQueryKey,
  sendEmailVerificationMutation,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';

/** The address, and a mail to prove it while it is not. */
export function Address() {
  const me = useMe();
  const send = useMutation({
    ...sendEmailVerificationMutation(),
    onSuccess: () => say(`A link is on its way to ${me.user.email}.`),
  });
  if (me.email_verified) return <Badge tone="good">proven</Badge>;
  return (
    <span className="grid justify-items-start gap-2">
      <Badge tone="medium">not proven</Badge>
      <Button size="small" busy={send.isPending} onClick={() => send.mutate({})}>
        Send a link
      </Button>
      <ProblemNotice error={send.error} />
    </span>
  );
}

/** A new password; every other session ends. */
export function Password() {
  const cache = useQueryClient();
  const change = useMutation({
    ...changePasswordMutation(),
    onSuccess: () => {
      say('The password was changed, and every other session ended.');
      void cache.invalidateQueries({ queryKey: listSessionsQueryKey() });
    },
  });
  return (
    <Card title="Password">
      <Form
        // A new form after each change: passwords stay in no field.
        key={change.submittedAt && change.isSuccess ? change.submittedAt : 0}
        errors={change.error ? asProblem(change.error).byField() : {}}
        onSubmit={(form) =>
          change.mutate({
            body: {
              current_password: String(form.get('current_password')),
              new_password: String(form.get('new_password')),
            },
          })
        }
      >
        <TextField
          label="Current password"
          name="current_password"
          type="password"
          autoComplete="current-password"
          required
        />
        <TextField
          label="New password"
          name="new_password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          hint="At least 12 characters, and not one that is guessed."
          required
        />
        <ProblemNotice error={change.error} />
        <div>
          <Button type="submit" busy={change.isPending}>
            Change password
          </Button>
        </div>
      </Form>
    </Card>
  );
}

/** Where the person is signed in. */
export function Sessions() {
  const cache = useQueryClient();
  const sessions = useQuery(listSessionsOptions());
  const again = () => cache.invalidateQueries({ queryKey: listSessionsQueryKey() });
  const end = useMutation({ ...endSessionMutation(), onSuccess: again });
  const endOthers = useMutation({
    ...endOtherSessionsMutation(),
    onSuccess: () => {
      say('Every other session was ended.');
      return again();
    },
  });
  const others = sessions.data?.items.some((each) => !each.current) ?? false;
  return (
    <Card
      title="Where you are signed in"
      actions={
        others && (
          <Button size="small" busy={endOthers.isPending} onClick={() => endOthers.mutate({})}>
            End all others
          </Button>
        )
      }
    >
      {sessions.isPending && <Waiting what="your sessions" />}
      <ProblemNotice error={sessions.error ?? end.error ?? endOthers.error} />
      {sessions.data && (
        <Table label="Sessions" head={['Program', 'From', 'By', 'Last used', '']}>
          {sessions.data.items.map((each) => (
            <tr key={each.id}>
              <td className="max-w-64 break-words">
                <Inert>{each.user_agent || 'unknown'}</Inert>
              </td>
              <td>{each.ip}</td>
              <td>{each.method}</td>
              <td>
                <Moment at={each.last_seen_at} />
              </td>
              <td>
                {each.current ? (
                  <Badge tone="good">this one</Badge>
                ) : (
                  <Button
                    size="small"
                    busy={end.isPending && end.variables?.path.id === each.id}
                    onClick={() => end.mutate({ path: { id: each.id } })}
                  >
                    End
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}
