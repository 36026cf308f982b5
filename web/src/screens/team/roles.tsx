/** Built-in roles and the organization's own, from the same permissions. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay, useMe } from '@/app/session';
import type { OrganizationRole } from '@/client';
import {
  createRoleMutation,
  deleteRoleMutation,
  listRolesOptions,
  listRolesQueryKey,
  updateRoleMutation,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { givable, ifMatch, permissionSays } from './rights';

type Edited = OrganizationRole | 'new';

function useAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listRolesQueryKey() });
}

export function Roles() {
  const mayManage = useMay('members:manage');
  const roles = useQuery(listRolesOptions());
  const [edited, setEdited] = useState<Edited>();
  if (roles.isPending) return <Waiting what="the roles" />;
  if (roles.isError)
    return <ProblemNotice error={roles.error} retry={() => void roles.refetch()} />;
  return (
    <div className="grid gap-4">
      {mayManage && (
        <div>
          <Button look="primary" onClick={() => setEdited('new')}>
            New role…
          </Button>
        </div>
      )}
      <Table label="Roles" head={['Role', 'May', '']}>
        {roles.data.items.map((role) => (
          <Row key={role.id ?? role.name} role={role} onEdit={mayManage ? setEdited : undefined} />
        ))}
      </Table>
      {edited && <Editor edited={edited} onClose={() => setEdited(undefined)} />}
    </div>
  );
}

function Row(props: { role: OrganizationRole; onEdit: ((role: Edited) => void) | undefined }) {
  const { role, onEdit } = props;
  const again = useAgain();
  const remove = useMutation({
    ...deleteRoleMutation(),
    onSuccess: () => {
      say(`${role.name} is gone.`);
      return again();
    },
  });
  return (
    <tr>
      <td className="font-medium">
        <Inert>{role.name}</Inert> {role.built_in && <Badge tone="info">built in</Badge>}
        <ProblemNotice error={remove.error} />
      </td>
      <td className="text-[0.8125rem]">{role.permissions.map(permissionSays).join(' · ')}</td>
      <td>
        {onEdit && role.id && (
          <span className="flex gap-1.5">
            <Button size="small" onClick={() => onEdit(role)}>
              Change
            </Button>
            <Button
              size="small"
              look="danger"
              busy={remove.isPending}
              onClick={() => remove.mutate({ path: { id: role.id ?? '' } })}
            >
              Delete
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}

function Editor({ edited, onClose }: { edited: Edited; onClose: () => void }) {
  const role = edited === 'new' ? undefined : edited;
  const offered = givable(useMe().permissions);
  const again = useAgain();
  const done = () => {
    onClose();
    return again();
  };
  const make = useMutation({ ...createRoleMutation(), onSuccess: done });
  const change = useMutation({ ...updateRoleMutation(), onSuccess: done });
  const error = make.error ?? change.error;
  const submit = (form: FormData) => {
    const body = {
      name: String(form.get('name')),
      permissions: form.getAll('permissions').map(String),
    };
    if (!role?.id) return make.mutate({ body });
    return change.mutate({ path: { id: role.id }, body, headers: ifMatch(role.version) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={role ? `Change ${role.name}` : 'New role'}
      says="A role holds at most what you may do yourself."
    >
      <Form onSubmit={submit} errors={error ? asProblem(error).byField() : {}}>
        <TextField
          label="Name"
          name="name"
          maxLength={120}
          defaultValue={role?.name ?? ''}
          required
        />
        <fieldset className="grid gap-1.5">
          <legend className="mb-1.5 text-sm font-medium">What it may do</legend>
          {offered.map((permission) => (
            <label key={permission} className="flex items-center gap-2 text-sm">
              <input
                type="checkbox"
                name="permissions"
                value={permission}
                defaultChecked={role?.permissions.includes(permission) ?? false}
                className="accent-accent"
              />
              {permissionSays(permission)}
            </label>
          ))}
        </fieldset>
        <ProblemNotice error={error} />
        <div>
          <Button type="submit" look="primary" busy={make.isPending || change.isPending}>
            Save
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
