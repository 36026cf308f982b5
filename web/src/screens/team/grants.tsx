/** Which role a team adds on assets that bear a tag. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import type { Team, TeamGrant } from '@/client';
import { listRolesOptions, updateTeamMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Choice, Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { ifMatch, teamRoles } from './rights';
import { useTeamsAgain } from './teams';

export function Grants({ team, mayManage }: { team: Team; mayManage: boolean }) {
  const again = useTeamsAgain();
  const roles = useQuery(listRolesOptions());
  const choices = teamRoles(roles.data?.items ?? []);
  const [role, setRole] = useState('viewer');
  const change = useMutation({ ...updateTeamMutation(), onSuccess: again });
  const set = (grants: TeamGrant[]) =>
    change.mutate({ path: { id: team.id }, body: { grants }, headers: ifMatch(team.version) });
  const named = (grant: TeamGrant) =>
    grant.role ?? choices.find((each) => each.value === grant.role_id)?.says ?? 'a role';
  return (
    <div className="grid gap-2">
      <h3 className="text-sm font-medium">On assets with a tag</h3>
      <ul className="flex flex-wrap gap-2 text-sm">
        {team.grants.length === 0 && <li className="text-ink-muted">Nothing yet</li>}
        {team.grants.map((grant) => (
          <li
            key={`${grant.tag} ${grant.role ?? grant.role_id}`}
            className="flex items-center gap-1.5 rounded-md border border-line px-2 py-1"
          >
            <code className="font-mono">
              <Inert>{grant.tag}</Inert>
            </code>
            as {named(grant)}
            {mayManage && (
              <button
                type="button"
                aria-label={`Take ${grant.tag} from ${team.name}`}
                className="text-ink-muted hover:text-danger"
                onClick={() => set(team.grants.filter((each) => each !== grant))}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayManage && (
        <Form
          // A new form after each change: what was added stays in no field.
          key={team.version}
          errors={change.error ? asProblem(change.error).byField() : {}}
          onSubmit={(form) => {
            const own = choices.find((each) => each.value === role)?.own;
            const given = own ? { role_id: role } : { role: role as TeamGrant['role'] };
            set([...team.grants, { tag: String(form.get('tag')).trim(), ...given }]);
          }}
          className="sm:grid-cols-[12rem_auto_auto] sm:items-end sm:justify-start"
        >
          <TextField label="Tag" name="tag" maxLength={64} required />
          <Choice
            label="As"
            value={role}
            options={choices.map(({ value, says }) => [value, says] as const)}
            onChange={setRole}
          />
          <Button type="submit" busy={change.isPending}>
            Give
          </Button>
        </Form>
      )}
      <ProblemNotice error={change.error} />
    </div>
  );
}
