/** Asking people in by mail, and the invitations nobody answered yet. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import type { Invitation, NewInvitation } from '@/client';
import {
  createInvitationMutation,
  listInvitationsOptions,
  listInvitationsQueryKey,
  resendInvitationMutation,
  revokeInvitationMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { Choice, Form, TextField } from '@/ui/field';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { useGivableRoles } from './people';

function useAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listInvitationsQueryKey() });
}

export function Invitations() {
  const [open, setOpen] = useState(false);
  const invitations = useQuery(listInvitationsOptions());
  return (
    <div className="grid gap-4">
      <div>
        <Button look="primary" onClick={() => setOpen(true)}>
          Invite somebody…
        </Button>
      </div>
      <Invite open={open} onClose={() => setOpen(false)} />
      {invitations.isPending && <Waiting what="the invitations" />}
      {invitations.isError && (
        <ProblemNotice error={invitations.error} retry={() => void invitations.refetch()} />
      )}
      {invitations.data?.items.length === 0 && (
        <EmptyState title="No open invitations" why="Each works once, for seven days." />
      )}
      {invitations.data && invitations.data.items.length > 0 && (
        <Table label="Open invitations" head={['E-mail', 'As', 'Sent', 'Ends', '']}>
          {invitations.data.items.map((each) => (
            <Row key={each.id} each={each} />
          ))}
        </Table>
      )}
    </div>
  );
}

function Invite({ open, onClose }: { open: boolean; onClose: () => void }) {
  const roles = useGivableRoles();
  const again = useAgain();
  const [role, setRole] = useState<string>('viewer');
  const invite = useMutation({
    ...createInvitationMutation(),
    onSuccess: (made) => {
      say(`A mail is on its way to ${made.email}.`);
      onClose();
      return again();
    },
  });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Invite somebody"
      says="By mail. Whoever has an account joins with it; teams can take them in once they have joined."
    >
      <Form
        errors={invite.error ? asProblem(invite.error).byField() : {}}
        onSubmit={(form) =>
          invite.mutate({
            body: { email: String(form.get('email')), role: role as NewInvitation['role'] },
          })
        }
      >
        <TextField label="E-mail" name="email" type="email" maxLength={254} required />
        <div>
          <Choice
            label="Role"
            value={role}
            options={roles.map((each) => [each, each] as const)}
            onChange={setRole}
          />
        </div>
        <ProblemNotice error={invite.error} />
        <div>
          <Button type="submit" look="primary" busy={invite.isPending}>
            Send the invitation
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function Row({ each }: { each: Invitation }) {
  const again = useAgain();
  const resend = useMutation({
    ...resendInvitationMutation(),
    onSuccess: () => {
      say(`A new mail is on its way to ${each.email}; the link before works no more.`);
      return again();
    },
  });
  const withdraw = useMutation({
    ...revokeInvitationMutation(),
    onSuccess: () => {
      say(`The invitation of ${each.email} was withdrawn.`);
      return again();
    },
  });
  const path = { id: each.id };
  return (
    <tr>
      <td className="font-medium">
        {each.email}
        <ProblemNotice error={resend.error ?? withdraw.error} />
      </td>
      <td>{each.role}</td>
      <td>
        <Moment at={each.created_at} />
      </td>
      <td>
        <Moment at={each.expires_at} />
      </td>
      <td>
        <span className="flex gap-1.5">
          <Button size="small" busy={resend.isPending} onClick={() => resend.mutate({ path })}>
            Send again
          </Button>
          <Button
            size="small"
            look="danger"
            busy={withdraw.isPending}
            onClick={() => withdraw.mutate({ path })}
          >
            Withdraw
          </Button>
        </span>
      </td>
    </tr>
  );
}
