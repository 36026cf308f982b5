/** Who is to see to an exposure. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMe } from '@/app/session';
import { listMembersOptions } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice, Form } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';

export function Assign(props: {
  to?: string | undefined;
  onClose: () => void;
  onSend: (userId: string) => void;
}) {
  const me = useMe();
  const members = useQuery(listMembersOptions());
  const [whom, setWhom] = useState(props.to || me.user.id);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Assign it"
      says="They see it as theirs; it stays open until it is seen gone."
    >
      {members.isPending && <Waiting what="the members" />}
      <ProblemNotice error={members.error} />
      {members.data && (
        <Form onSubmit={() => props.onSend(whom)}>
          <div>
            <Choice
              label="To"
              value={whom}
              onChange={setWhom}
              options={members.data.items
                .filter((member) => member.state === 'active')
                .map(({ user }) => [user.id, `${user.display_name} (${user.email})`] as const)}
            />
          </div>
          <div>
            <Button type="submit" look="primary">
              Assign
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}
