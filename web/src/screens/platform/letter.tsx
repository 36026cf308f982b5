/** One dead letter: what it says as far as that is nobody's secret, and giving it up for good. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { asProblem } from '@/api/problem';
import type { DeadLetter } from '@/client';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Facts, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { ASKED, discardLetter, letterQuery } from './operations';

export function Opened({
  sequence,
  onClose,
}: {
  sequence: number | undefined;
  onClose: () => void;
}) {
  return (
    <Dialog
      open={sequence !== undefined}
      onClose={onClose}
      title={`Dead letter #${sequence ?? ''}`}
      says="Ids, states and numbers. What it holds of people, targets and secrets stays closed."
    >
      {sequence !== undefined && <Says sequence={sequence} />}
    </Dialog>
  );
}

function Says({ sequence }: { sequence: number }) {
  const opened = useQuery(letterQuery(sequence));
  if (opened.isPending) return <Waiting what="the letter" />;
  if (opened.isError) return <ProblemNotice error={opened.error} />;
  const { letter, facts } = opened.data;
  const text = (value: string | null | undefined) => <Inert>{value || '—'}</Inert>;
  return (
    <div className="grid gap-4">
      <Facts
        rows={[
          ['Type', text(letter.type)],
          ['Organization', text(letter.tenant_key)],
          ['Reader', text(letter.consumer)],
          ['Subject', text(letter.subject)],
          ['Why it died', text(letter.error)],
          ['Died', <Moment key="died" at={letter.died_at} both />],
          ...(letter.occurred_at
            ? ([['Said', <Moment key="said" at={letter.occurred_at} both />]] as const)
            : []),
          ['Sender', text(letter.producer)],
          ['Message', text(letter.message_id)],
          ['Size', `${letter.bytes.toLocaleString('en')} bytes`],
        ]}
      />
      {facts.length > 0 && (
        <Facts rows={facts.map(({ name, value }) => [name, text(value)] as const)} />
      )}
      {!letter.may_redrive && (
        <p className="text-sm">
          It claims a subject that its reader does not read. It can't be sent again: find out who
          sent it.
        </p>
      )}
    </div>
  );
}

export function Discard({
  letter,
  onClose,
}: {
  letter: DeadLetter | undefined;
  onClose: () => void;
}) {
  const cache = useQueryClient();
  const discard = useMutation({
    mutationFn: discardLetter,
    onSuccess: () => {
      say('The letter is gone.');
      onClose();
      return cache.invalidateQueries({ queryKey: [ASKED] });
    },
  });
  return (
    <Dialog
      open={letter !== undefined}
      onClose={onClose}
      title="Discard the letter?"
      says="This can't be taken back. What it asked for does not happen."
    >
      {letter && (
        <Form
          errors={discard.error ? asProblem(discard.error).byField() : {}}
          onSubmit={(form) =>
            discard.mutate({ sequence: letter.sequence, reason: String(form.get('reason')) })
          }
        >
          <TextField label="Reason" name="reason" minLength={10} maxLength={500} required />
          <ProblemNotice error={discard.error} />
          <div>
            <Button type="submit" look="danger" busy={discard.isPending}>
              Discard the letter
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}
