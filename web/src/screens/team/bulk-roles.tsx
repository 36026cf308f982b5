/** One role for several members at once; each is asked for by itself, and each says what became of it. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { type Member, updateUser } from '@/client';
import { listMembersQueryKey } from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { type Selection, SelectionBar } from '@/ui/selection';
import { say } from '@/ui/toast';
import { ifMatch } from './rights';

/** Who kept the role they had, and why. */
interface Kept {
  readonly member: Member;
  readonly why: string;
}

/** With the name of the request, where it was seen: that is what help is asked with. */
function whyNot(error: unknown): string {
  const { message, requestId } = asProblem(error);
  return requestId ? `${message} (${requestId})` : message;
}

export function BulkRoles(props: {
  selection: Selection;
  /** Those whose role this person may change. */
  members: readonly Member[];
  roles: readonly string[];
}) {
  const { selection, roles } = props;
  const cache = useQueryClient();
  const [role, setRole] = useState('');
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState<number>();
  const [kept, setKept] = useState<readonly Kept[]>([]);
  const isBusy = done !== undefined;
  const chosen = props.members.filter(({ user }) => selection.has(user.id));
  const moved = chosen.filter((member) => member.role !== role);

  const go = async () => {
    const refused: Kept[] = [];
    // One after the other: each is its own deed in the audit log, with the version that was read.
    for (const [nth, member] of moved.entries()) {
      setDone(nth);
      const { error } = await updateUser({
        path: { id: member.user.id },
        body: { role: role as Member['role'] },
        headers: ifMatch(member.version),
      }).catch((error: unknown) => ({ error }));
      if (error) refused.push({ member, why: whyNot(error) });
    }
    setDone(undefined);
    setKept(refused);
    const changed = moved.length - refused.length;
    if (changed > 0) say(`${count(changed, 'member')} became ${role}.`);
    if (refused.length === 0) {
      setAsking(false);
      selection.clear();
    }
    await cache.invalidateQueries({ queryKey: listMembersQueryKey() });
  };
  const close = () => {
    if (isBusy) return;
    setAsking(false);
    setKept([]);
  };
  return (
    <>
      <SelectionBar selection={selection} shown={props.members.length}>
        <Choice
          label="Role"
          value={role}
          onChange={setRole}
          options={[['', 'Choose…'], ...roles.map((each) => [each, each] as const)]}
        />
        <Button
          size="small"
          look="primary"
          disabled={moved.length === 0 || role === ''}
          onClick={() => setAsking(true)}
        >
          Change role…
        </Button>
      </SelectionBar>
      <Dialog
        open={asking}
        onClose={close}
        title={`Make ${count(moved.length, 'member')} ${role}`}
        says="What they may do here changes at once. Who has the role already keeps it."
      >
        <ul className="max-h-60 list-disc overflow-y-auto pl-5 text-sm">
          {moved.map((member) => (
            <li key={member.user.id}>
              <Inert>{member.user.display_name || member.user.email}</Inert>: {member.role} → {role}
            </li>
          ))}
        </ul>
        {kept.length > 0 && (
          <div role="alert" className="grid gap-1 text-sm text-danger">
            <p className="font-medium">{count(kept.length, 'member')} kept the role they had:</p>
            <ul className="list-disc pl-5">
              {kept.map(({ member, why }) => (
                <li key={member.user.id}>
                  <Inert>{member.user.display_name || member.user.email}</Inert>: {why}
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button disabled={isBusy} onClick={close}>
            {kept.length > 0 ? 'Close' : 'Keep their roles'}
          </Button>
          {moved.length > 0 && (
            <Button look="primary" busy={isBusy} onClick={() => void go()}>
              {isBusy
                ? `${done + 1} of ${moved.length}…`
                : kept.length > 0
                  ? 'Try again'
                  : 'Change'}
            </Button>
          )}
        </div>
      </Dialog>
    </>
  );
}
