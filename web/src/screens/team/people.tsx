/** Members: their role, whether they may come in, and taking them out. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay, useMe, useOrg } from '@/app/session';
import type { Member, UserChange } from '@/client';
import {
  listMembersOptions,
  listMembersQueryKey,
  listRolesOptions,
  removeUserMutation,
  transferOwnershipMutation,
  updateUserMutation,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice } from '@/ui/field';
import { Inert, visible } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { SelectBox, type Selection, useSelection } from '@/ui/selection';
import { say } from '@/ui/toast';
import { BulkRoles } from './bulk-roles';
import { ifMatch, mayChange, rolesToGive } from './rights';

/** What is asked before it is done: it ends what somebody does at this moment. */
type Asked = { member: Member; deed: 'remove' | 'deactivate' | 'transfer' };

export function People() {
  // Others join by themselves, of which nothing tells this screen: it asks whenever it is opened.
  const members = useQuery({ ...listMembersOptions(), staleTime: 0 });
  const [asked, setAsked] = useState<Asked>();
  const me = useMe();
  const mayManage = useMay('members:manage');
  const roles = useGivableRoles();
  const touched = (members.data?.items ?? []).filter(
    ({ user, role }) => mayManage && user.id !== me.user.id && mayChange(roles, role),
  );
  const selection = useSelection(touched.map(({ user }) => user.id));
  if (members.isPending) return <Waiting what="the members" />;
  if (members.isError)
    return <ProblemNotice error={members.error} retry={() => void members.refetch()} />;
  return (
    <>
      <Table label="Members" head={['Name', 'E-mail', 'Role', 'Since', '']}>
        {members.data.items.map((member) => (
          <Row
            key={member.user.id}
            member={member}
            onAsk={setAsked}
            // One alone is changed where they stand.
            {...(touched.length > 1 && touched.includes(member) && { selection })}
          />
        ))}
      </Table>
      <BulkRoles selection={selection} members={touched} roles={roles} />
      <Sure asked={asked} onDone={() => setAsked(undefined)} />
    </>
  );
}

/** Built-in roles this person may give. */
export function useGivableRoles(): string[] {
  const me = useMe();
  const roles = useQuery(listRolesOptions());
  return rolesToGive(roles.data?.items ?? [], {
    permissions: me.permissions,
    isOwner: me.organization.role === 'owner',
  });
}

function useChange() {
  const cache = useQueryClient();
  return useMutation({
    ...updateUserMutation(),
    onSuccess: () => cache.invalidateQueries({ queryKey: listMembersQueryKey() }),
  });
}

function Row(props: { member: Member; onAsk: (asked: Asked) => void; selection?: Selection }) {
  const { member, onAsk, selection } = props;
  const me = useMe();
  const mayManage = useMay('members:manage');
  const roles = useGivableRoles();
  const change = useChange();
  const oneself = member.user.id === me.user.id;
  const mayTouch = mayManage && !oneself && mayChange(roles, member.role);
  const set = (body: UserChange) =>
    change.mutate({ path: { id: member.user.id }, body, headers: ifMatch(member.version) });
  return (
    <tr>
      <td className="font-medium">
        {selection && (
          <span className="mr-2 align-middle">
            <SelectBox
              selection={selection}
              of={member.user.id}
              name={visible(member.user.display_name || member.user.email)}
            />
          </span>
        )}
        <Inert>{member.user.display_name}</Inert> {oneself && <Badge tone="accent">you</Badge>}{' '}
        {member.state === 'deactivated' && <Badge tone="medium">deactivated</Badge>}
        <ProblemNotice error={change.error} />
      </td>
      <td>{member.user.email}</td>
      <td>
        {mayTouch ? (
          <Choice
            label={`Role of ${member.user.display_name}`}
            hideLabel
            value={member.role}
            options={roles.map((role) => [role as Member['role'], role] as const)}
            onChange={(role) => role !== '' && set({ role })}
          />
        ) : (
          member.role
        )}
      </td>
      <td>
        <Moment at={member.joined_at} />
      </td>
      <td>
        {mayTouch && (
          <span className="flex flex-wrap gap-1.5">
            {member.state === 'deactivated' ? (
              <Button size="small" busy={change.isPending} onClick={() => set({ state: 'active' })}>
                Reactivate
              </Button>
            ) : (
              <Button size="small" onClick={() => onAsk({ member, deed: 'deactivate' })}>
                Deactivate
              </Button>
            )}
            <Button size="small" look="danger" onClick={() => onAsk({ member, deed: 'remove' })}>
              Remove
            </Button>
            {me.organization.role === 'owner' && member.state === 'active' && (
              <Button size="small" onClick={() => onAsk({ member, deed: 'transfer' })}>
                Make owner
              </Button>
            )}
          </span>
        )}
      </td>
    </tr>
  );
}

const WORDS: Record<Asked['deed'], [title: string, says: string, done: string]> = {
  deactivate: [
    'Deactivate',
    'Their sign-ins here end at once, and stay shut until somebody reactivates them.',
    'was deactivated.',
  ],
  remove: [
    'Remove',
    'Their sign-ins here end at once; their teams and roles here are gone. What they did stays.',
    'was removed.',
  ],
  transfer: [
    'Make owner',
    'They become owner of this organization, and you an admin of it.',
    'is owner now.',
  ],
};

function Sure({ asked, onDone }: { asked: Asked | undefined; onDone: () => void }) {
  const org = useOrg();
  const cache = useQueryClient();
  const after = () => {
    if (asked) say(`${asked.member.user.display_name} ${WORDS[asked.deed][2]}`);
    onDone();
    // Who hands over is somebody else afterwards, too.
    return cache.invalidateQueries();
  };
  const change = useMutation({ ...updateUserMutation(), onSuccess: after });
  const remove = useMutation({ ...removeUserMutation(), onSuccess: after });
  const transfer = useMutation({ ...transferOwnershipMutation(), onSuccess: after });
  if (!asked) return null;
  const { member, deed } = asked;
  const id = member.user.id;
  const go = () => {
    if (deed === 'remove') return remove.mutate({ path: { id } });
    if (deed === 'transfer') return transfer.mutate({ path: { id: org }, body: { user_id: id } });
    return change.mutate({
      path: { id },
      body: { state: 'deactivated' },
      headers: ifMatch(member.version),
    });
  };
  const [title, says] = WORDS[deed];
  return (
    <Dialog open onClose={onDone} title={`${title}: ${member.user.display_name}`} says={says}>
      <ProblemNotice error={change.error ?? remove.error ?? transfer.error} />
      <div>
        <Button
          look="danger"
          busy={change.isPending || remove.isPending || transfer.isPending}
          onClick={go}
        >
          {title}
        </Button>
      </div>
    </Dialog>
  );
}
