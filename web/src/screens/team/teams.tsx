/** Teams: who is in them, and which role they add on assets with a tag. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { Team as TeamRow } from '@/client';
import {
  addTeamMemberMutation,
  createTeamMutation,
  deleteTeamMutation,
  listMembersOptions,
  listTeamsOptions,
  listTeamsQueryKey,
  removeTeamMemberMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { Choice, Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { Grants } from './grants';

/** Teams are read anew, wherever they are shown. */
export function useTeamsAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listTeamsQueryKey() });
}

export function Teams() {
  const mayManage = useMay('members:manage');
  const teams = useQuery(listTeamsOptions());
  const [open, setOpen] = useState(false);
  return (
    <div className="grid gap-4">
      {mayManage && (
        <div>
          <Button look="primary" onClick={() => setOpen(true)}>
            New team…
          </Button>
        </div>
      )}
      <NewTeam open={open} onClose={() => setOpen(false)} />
      {teams.isPending && <Waiting what="the teams" />}
      {teams.isError && <ProblemNotice error={teams.error} retry={() => void teams.refetch()} />}
      {teams.data?.items.length === 0 && (
        <EmptyState
          title="No teams yet"
          why="A team gives its members a role on the assets that bear a tag, and on nothing else."
        />
      )}
      {teams.data?.items.map((team) => (
        <One key={team.id} team={team} mayManage={mayManage} />
      ))}
    </div>
  );
}

function NewTeam({ open, onClose }: { open: boolean; onClose: () => void }) {
  const again = useTeamsAgain();
  const make = useMutation({
    ...createTeamMutation(),
    onSuccess: () => {
      onClose();
      return again();
    },
  });
  return (
    <Dialog open={open} onClose={onClose} title="New team">
      <Form
        errors={make.error ? asProblem(make.error).byField() : {}}
        onSubmit={(form) =>
          make.mutate({
            body: { name: String(form.get('name')), description: String(form.get('description')) },
          })
        }
      >
        <TextField label="Name" name="name" maxLength={120} required />
        <TextField label="What it is for" name="description" maxLength={500} />
        <ProblemNotice error={make.error} />
        <div>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make the team
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function One({ team, mayManage }: { team: TeamRow; mayManage: boolean }) {
  const again = useTeamsAgain();
  const remove = useMutation({
    ...deleteTeamMutation(),
    onSuccess: () => {
      say(`${team.name} is gone, and what it gave with it.`);
      return again();
    },
  });
  return (
    <Card
      title={team.name}
      actions={
        mayManage && (
          <Button
            size="small"
            look="danger"
            busy={remove.isPending}
            onClick={() => remove.mutate({ path: { id: team.id } })}
          >
            Delete
          </Button>
        )
      }
    >
      <ProblemNotice error={remove.error} />
      {team.description !== '' && (
        <p className="text-sm text-ink-muted">
          <Inert>{team.description}</Inert>
        </p>
      )}
      <Members team={team} mayManage={mayManage} />
      <Grants team={team} mayManage={mayManage} />
    </Card>
  );
}

function Members({ team, mayManage }: { team: TeamRow; mayManage: boolean }) {
  const again = useTeamsAgain();
  const people = useQuery({ ...listMembersOptions(), enabled: mayManage });
  const add = useMutation({ ...addTeamMemberMutation(), onSuccess: again });
  const remove = useMutation({ ...removeTeamMemberMutation(), onSuccess: again });
  const inside = new Set(team.members.map((each) => each.id));
  const outside = (people.data?.items ?? []).filter(({ user }) => !inside.has(user.id));
  return (
    <div className="grid gap-2">
      <h3 className="text-sm font-medium">Members</h3>
      <ProblemNotice error={add.error ?? remove.error} />
      <ul className="flex flex-wrap gap-2 text-sm">
        {team.members.length === 0 && <li className="text-ink-muted">Nobody yet</li>}
        {team.members.map((each) => (
          <li
            key={each.id}
            className="flex items-center gap-1.5 rounded-md border border-line px-2 py-1"
          >
            <Inert>{each.display_name}</Inert>
            {mayManage && (
              <button
                type="button"
                aria-label={`Take ${each.display_name} out of ${team.name}`}
                className="text-ink-muted hover:text-danger"
                onClick={() => remove.mutate({ path: { id: team.id, user_id: each.id } })}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayManage && outside.length > 0 && (
        <div>
          <Choice
            label={`Add to ${team.name}`}
            value=""
            options={[
              ['', 'Choose a person…'] as const,
              ...outside.map(({ user }) => [user.id, user.display_name] as const),
            ]}
            onChange={(id) =>
              id !== '' && add.mutate({ path: { id: team.id }, body: { user_id: id } })
            }
          />
        </div>
      )}
    </div>
  );
}
