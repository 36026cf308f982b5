/** What decisions that need words ask for, about one exposure or many. */
import type { NewAction } from '@/client';
import { TextArea, TextField } from '@/ui/field';

/** Decisions that nobody takes without saying more. */
export type Asked = Extract<
  NewAction['kind'],
  'accept_risk' | 'false_positive' | 'note' | 'tag' | 'untag'
>;

interface Ask {
  readonly title: string;
  readonly says: string;
  readonly text: 'reason' | 'note' | 'tags';
  readonly until: boolean;
  readonly label: string;
}

export const ASKS: Record<Asked, Ask> = {
  accept_risk: {
    title: 'Accept the risk',
    says: 'It stays open, but is out of the usual list and not alerted on, until the date.',
    text: 'reason',
    until: true,
    label: 'Why is the risk acceptable?',
  },
  false_positive: {
    title: 'Mark as false positive',
    says: 'What was observed stays on record; the reason is kept with it.',
    text: 'reason',
    until: false,
    label: 'What makes it not true?',
  },
  note: {
    title: 'Add a note',
    says: 'Notes are part of the timeline and cannot be edited.',
    text: 'note',
    until: false,
    label: 'Note',
  },
  tag: {
    title: 'Add tags',
    says: 'What is tagged already keeps its tags. The filter finds it by tag:word.',
    text: 'tags',
    until: false,
    label: 'Tags',
  },
  untag: {
    title: 'Take tags off',
    says: 'Other tags stay.',
    text: 'tags',
    until: false,
    label: 'Tags',
  },
};

export function AskFields({ asked }: { asked: Asked }) {
  const ask = ASKS[asked];
  return (
    <>
      {ask.text === 'tags' ? (
        <TextField
          label={ask.label}
          name="tags"
          required
          placeholder="pci edge"
          hint="Words of letters, digits and - _ . : / with spaces between them."
          autoComplete="off"
          autoCapitalize="none"
        />
      ) : (
        <TextArea label={ask.label} name={ask.text} rows={4} required maxLength={2000} />
      )}
      {ask.until && <TextField label="Until" name="until" type="date" required min={tomorrow()} />}
    </>
  );
}

/** What was filled in, as the decision. */
export function answerOf(asked: Asked, form: FormData): NewAction {
  const ask = ASKS[asked];
  const said = String(form.get(ask.text) ?? '');
  const day = String(form.get('until') ?? '');
  return {
    kind: asked,
    ...(ask.text === 'tags' ? { tags: wordsOf(said) } : { [ask.text]: said }),
    // A risk is accepted through the whole of its last day.
    ...(day !== '' && { until: new Date(`${day}T23:59:59`).toISOString() }),
  };
}

const wordsOf = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');

function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
}
