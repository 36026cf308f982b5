/** This organization and those below it, as one tree; roles reach down and never up. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { asProblem } from '@/api/problem';
import { meQuery, useMay, useOrg } from '@/app/session';
import {
  createOrganizationMutation,
  getHierarchyOptions,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';

/** Rem of indentation per step below the root. */
const STEP_REM = 1.5;

export function Tree() {
  const org = useOrg();
  const mayAdd = useMay('organization:write');
  const tree = useQuery(getHierarchyOptions({ path: { id: org } }));
  if (tree.isPending) return <Waiting what="the organizations" />;
  if (tree.isError) return <ProblemNotice error={tree.error} retry={() => void tree.refetch()} />;
  return (
    <>
      <Card title="Organizations">
        <ul className="grid gap-1 text-sm">
          {tree.data.nodes.map((node) => (
            <li
              key={node.tenant_key}
              style={{ paddingInlineStart: `${node.depth * STEP_REM}rem` }}
              className="grid gap-0.5 py-1"
            >
              <span className="flex flex-wrap items-center gap-2">
                <Link
                  to="/o/$org/team"
                  params={{ org: node.tenant_key }}
                  search={{ tab: 'organizations' }}
                  className="font-medium text-accent underline"
                >
                  <Inert>{node.name}</Inert>
                </Link>
                <span className="text-ink-muted">
                  {node.members === 1 ? '1 person' : `${node.members} people`}
                </span>
              </span>
              {node.teams.length > 0 && (
                <span className="text-[0.8125rem] text-ink-muted">
                  {node.teams.map((team) => `${team.name} (${team.members})`).join(' · ')}
                </span>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {mayAdd && <Below org={org} />}
    </>
  );
}

function Below({ org }: { org: string }) {
  const cache = useQueryClient();
  const make = useMutation({
    ...createOrganizationMutation(),
    onSuccess: async (made) => {
      say(`${made.name} was added.`);
      const { queryKey } = getHierarchyOptions({ path: { id: org } });
      await cache.invalidateQueries({ queryKey });
      await cache.invalidateQueries({ queryKey: meQuery().queryKey });
    },
  });
  return (
    <Card title="Add one below">
      <Form
        key={make.isSuccess ? make.submittedAt : 0}
        errors={make.error ? asProblem(make.error).byField() : {}}
        onSubmit={(form) => make.mutate({ body: { name: String(form.get('name')) } })}
      >
        <TextField label="Name of the organization" name="name" maxLength={100} required />
        <ProblemNotice error={make.error} />
        <div>
          <Button type="submit" busy={make.isPending}>
            Add it
          </Button>
        </div>
      </Form>
    </Card>
  );
}
