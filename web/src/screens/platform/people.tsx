/** Find whom to help, look with their eyes, agree to a colleague's look. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { startOver } from '@/app/impersonation';
import type { FoundPerson } from '@/client';
import { findPeopleOptions, startImpersonationMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { FilterText, Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { Looks } from './looks';

export function PeopleTab() {
  const [words, setWords] = useState('');
  const [whom, setWhom] = useState<FoundPerson>();
  return (
    <>
      <Card title="Find a person">
        <FilterText
          label="Mail address, id, or an organization's name"
          value={words}
          onChange={(next) => setWords(next.trim())}
        />
        {words !== '' && <Found words={words} onChoose={setWhom} />}
      </Card>
      <Looks />
      <Reason whom={whom} onClose={() => setWhom(undefined)} />
    </>
  );
}

function Found({ words, onChoose }: { words: string; onChoose: (who: FoundPerson) => void }) {
  const found = useQuery(findPeopleOptions({ query: { q: words } }));
  if (found.isPending) return <Waiting what="the people" />;
  if (found.isError) return <ProblemNotice error={found.error} />;
  if (found.data.items.length === 0)
    return (
      <EmptyState
        title="Nobody found"
        why="Give a whole mail address, an id, or at least three letters of an organization's name."
      />
    );
  return (
    <Table label="People" head={['Name', 'E-mail', 'Organization', 'Role', '']}>
      {found.data.items.map((each) => (
        <tr key={`${each.user.id} ${each.tenant_key}`}>
          <td className="font-medium">
            <Inert>{each.user.display_name}</Inert>
          </td>
          <td>{each.user.email}</td>
          <td>
            <Inert>{each.organization}</Inert>
          </td>
          <td>{each.role}</td>
          <td>
            <Button size="small" onClick={() => onChoose(each)}>
              Look with their eyes…
            </Button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Reason({ whom, onClose }: { whom: FoundPerson | undefined; onClose: () => void }) {
  const cache = useQueryClient();
  const router = useRouter();
  const begin = useMutation({
    ...startImpersonationMutation(),
    onSuccess: async (begun) => {
      await startOver(cache, router.options.context.live);
      await router.navigate({
        to: '/o/$org/changes',
        params: { org: begun.impersonation.tenant_key },
      });
    },
  });
  return (
    <Dialog
      open={whom !== undefined}
      onClose={onClose}
      title="Why?"
      says="They read it in a mail, their organization in its audit."
    >
      {whom && (
        <Form
          errors={begin.error ? asProblem(begin.error).byField() : {}}
          onSubmit={(form) =>
            begin.mutate({
              body: {
                user_id: whom.user.id,
                tenant_key: whom.tenant_key,
                reason: String(form.get('reason')),
              },
            })
          }
        >
          <p className="text-sm">
            As <strong>{whom.user.email}</strong> in <Inert>{whom.organization}</Inert>, reading
            only, for at most 30 minutes.
          </p>
          <TextField label="Reason" name="reason" minLength={10} maxLength={500} required />
          <ProblemNotice error={begin.error} />
          <div>
            <Button type="submit" look="danger" busy={begin.isPending}>
              Look with their eyes
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}
