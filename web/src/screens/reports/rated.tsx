/** The text of a report, paragraph by paragraph, each with what its reader thinks of it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ThumbsDown, ThumbsUp } from 'lucide-react';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import type { ParagraphFeedback } from '@/client';
import {
  getReportFeedbackOptions,
  getReportFeedbackQueryKey,
  putReportFeedbackMutation,
} from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import Markdown from './markdown';

export default function Rated({ id, text }: { id: string; text: string }) {
  const said = useQuery(getReportFeedbackOptions({ path: { id } }));
  // Text of others is escaped in it, so that none of it begins a line like a heading.
  const [head = '', ...paragraphs] = text.split(/^(?=## )/m);
  return (
    <article>
      <Markdown text={head} />
      {paragraphs.map((paragraph, at) => {
        const heading = /^## (.*)$/m.exec(paragraph)?.[1] ?? '';
        const of = said.data?.paragraphs.find((each) => each.paragraph === at + 1);
        return (
          <section key={heading} aria-label={heading}>
            <Markdown text={paragraph} />
            {heading !== 'References' && said.data && (
              <Thumbs key={of?.vote} id={id} nth={at + 1} heading={heading} of={of} />
            )}
          </section>
        );
      })}
    </article>
  );
}

const THUMBS = [
  ['up', 'Helps', ThumbsUp],
  ['down', 'Does not help', ThumbsDown],
] as const;

function Thumbs(props: {
  id: string;
  nth: number;
  heading: string;
  of: ParagraphFeedback | undefined;
}) {
  const { id, nth, heading, of } = props;
  const vote = of?.vote ?? 'none';
  const cache = useQueryClient();
  const [isSent, setSent] = useState(false);
  const rate = useMutation({
    ...putReportFeedbackMutation(),
    onSuccess: () =>
      cache.invalidateQueries({ queryKey: getReportFeedbackQueryKey({ path: { id } }) }),
  });
  const say = (next: ParagraphFeedback['vote'], reason = '') =>
    rate.mutateAsync({ path: { id }, body: { paragraph: nth, vote: next, reason } });
  const problem = rate.error ? asProblem(rate.error) : undefined;
  return (
    <div className="mt-1 grid gap-2 text-sm" data-no-print>
      <div className="flex flex-wrap items-center gap-2">
        {THUMBS.map(([word, says, Thumb]) => (
          <Button
            key={word}
            size="small"
            look={vote === word ? 'primary' : 'quiet'}
            aria-pressed={vote === word}
            aria-label={`${says}: ${heading}`}
            onClick={() => void say(vote === word ? 'none' : word).catch(() => undefined)}
          >
            <Thumb size={14} aria-hidden />
          </Button>
        ))}
        {of?.all && (
          <span className="text-ink-muted">
            {`helps ${count(of.all.up, 'reader')}, not ${count(of.all.down, 'reader')}`}
          </span>
        )}
      </div>
      {vote !== 'none' && (
        <Form
          className="max-w-md"
          errors={problem?.byField() ?? {}}
          onSubmit={(values) =>
            void say(vote, String(values.get('reason') ?? '')).then(
              () => setSent(true),
              () => undefined,
            )
          }
        >
          <TextField
            label={`Why? ${heading}`}
            name="reason"
            maxLength={500}
            defaultValue={of?.reason ?? ''}
          />
          <div className="flex items-center gap-3">
            <Button size="small" type="submit" busy={rate.isPending}>
              Send
            </Button>
            <span role="status" className="text-ink-muted">
              {isSent && 'Thank you.'}
            </span>
          </div>
        </Form>
      )}
      {problem?.fields.length === 0 && <ProblemNotice error={problem} />}
      {of?.all && of.all.reasons.length > 0 && (
        <details>
          <summary>{count(of.all.reasons.length, 'reason')}</summary>
          <ul className="mt-1 list-disc pl-5 text-ink-muted">
            {of.all.reasons.map((reason) => (
              <li key={reason}>
                <Inert>{reason}</Inert>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
