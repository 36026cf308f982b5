/** Before a decision on many: what it would do, and what it asks for. */
import { useQuery } from '@tanstack/react-query';
import { asProblem } from '@/api/problem';
import { type NewAction, previewBulkAction } from '@/client';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { ASKS, type Asked, AskFields, answerOf } from './ask';

/** Decisions on many that need no words. */
export type Plain = Extract<NewAction['kind'], 'acknowledge' | 'fix_in_progress'>;

const PLAIN: Record<Plain, { title: string; says: string }> = {
  acknowledge: { title: 'Acknowledge', says: 'They stay open; everybody sees that it is known.' },
  fix_in_progress: { title: 'I am fixing them', says: 'They move to the board of fixes.' },
};

/** What a decision on everything a filter matches would do; asked anew for each kind. */
export function useBulkPreview(filter: string | undefined, kind: NewAction['kind']) {
  return useQuery({
    queryKey: ['bulk-preview', filter, kind],
    queryFn: async ({ signal }) => {
      const body = { selection: { filter: filter ?? '' }, kind };
      return (await previewBulkAction({ body, signal, throwOnError: true })).data;
    },
    enabled: filter !== undefined,
    // What is decided upon is what was looked at just now.
    staleTime: 0,
    gcTime: 0,
  });
}

export function BulkDialog(props: {
  kind: Plain | Asked;
  /** Everything it matches; without one, those that were chosen. */
  filter: string | undefined;
  chosen: number;
  error: unknown;
  busy: boolean;
  onClose: () => void;
  onSend: (action: NewAction, expected: number | undefined) => void;
}) {
  const { kind, filter } = props;
  const preview = useBulkPreview(filter, kind);
  const asked = kind in ASKS ? (kind as Asked) : undefined;
  const { title, says } = asked ? ASKS[asked] : PLAIN[kind as Plain];
  const submit = (form: FormData) =>
    props.onSend(asked ? answerOf(asked, form) : { kind }, preview.data?.matching);
  const isKnown = filter === undefined || (preview.data && !preview.data.too_many);
  return (
    <Dialog open onClose={props.onClose} title={title} says={says}>
      <Form onSubmit={submit} errors={props.error ? asProblem(props.error).byField() : {}}>
        <div role="status" className="text-sm">
          {filter === undefined && count(props.chosen, 'exposure')}
          {filter !== undefined && preview.isPending && <Waiting what="what it would do" />}
          {preview.data && sayPreview(preview.data)}
        </div>
        <ProblemNotice error={preview.error} retry={() => void preview.refetch()} />
        {asked && <AskFields asked={asked} />}
        <ProblemNotice error={props.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>Keep as it is</Button>
          <Button type="submit" look="primary" busy={props.busy} disabled={!isKnown}>
            {title}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function sayPreview(of: {
  matching: number;
  suitable: number;
  too_many: boolean;
  limit: number;
}): string {
  if (of.too_many)
    return `More than ${count(of.limit, 'exposure')} match: narrow the filter first.`;
  const rest = of.matching - of.suitable;
  const stay =
    rest === 0 ? '' : ` ${count(rest, 'exposure')} stay as they are: it does not suit them.`;
  return `${count(of.suitable, 'exposure')} of ${of.matching.toLocaleString('en')}.${stay}`;
}
