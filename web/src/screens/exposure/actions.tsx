/** What can be done about an exposure; an action changes how it is shown, never what was seen. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay, useOrg } from '@/app/session';
import type { ExposureDetail, NewAction } from '@/client';
import {
  actOnExposureMutation,
  getExposureQueryKey,
  listExposuresQueryKey,
  verifyExposureMutation,
} from '@/client/@tanstack/react-query.gen';
import { decisionWord } from '@/say/words';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { say, sayProblem } from '@/ui/toast';
import { ASKS, type Asked, AskFields, answerOf } from './ask';
import { Assign } from './assign';
import { PacketMenu } from './packet-menu';

export function Actions({ it, onDone }: { it: ExposureDetail; onDone: () => void }) {
  const mayAct = useMay('exposures:act');
  const org = useOrg();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [asked, setAsked] = useState<Asked>();
  const [isAssigning, setIsAssigning] = useState(false);
  const queryKey = getExposureQueryKey({ path: { key: it.key } });
  const act = useMutation({
    ...actOnExposureMutation(),
    // Shown at once; what is refused falls back, and says why.
    onMutate: async ({ body }) => {
      await cache.cancelQueries({ queryKey });
      const before = cache.getQueryData<ExposureDetail>(queryKey);
      if (before) cache.setQueryData(queryKey, decided(before, body));
      return before;
    },
    onSuccess: (action) => {
      setAsked(undefined);
      say(`${decisionWord[action.kind]}.`);
      void cache.invalidateQueries({ queryKey: listExposuresQueryKey() });
      onDone();
    },
    onError: (error, _asked, before) => {
      if (before) cache.setQueryData(queryKey, before);
      if (asked === undefined) sayProblem(error);
    },
  });
  const verify = useMutation({
    ...verifyExposureMutation(),
    onSuccess: (run) => {
      say('Looking again, with the check that found it.');
      onDone();
      void navigate({
        to: '/o/$org/exposures/$key',
        params: { org, key: it.key },
        search: { run: run.id },
        replace: true,
      });
    },
    onError: sayProblem,
  });
  const send = (body: NewAction) => act.mutate({ path: { key: it.key }, body });
  const unsolved = it.state === 'open' || it.state === 'unresponsive';

  return (
    <div className="flex flex-wrap gap-2" data-no-print>
      {mayAct && unsolved && it.decision !== 'fix_in_progress' && (
        <Button
          look="primary"
          data-key="f"
          busy={act.isPending}
          onClick={() => send({ kind: 'fix_in_progress' })}
        >
          I am fixing it
        </Button>
      )}
      {mayAct && (
        <Button
          look={it.decision === 'fix_in_progress' && unsolved ? 'primary' : 'secondary'}
          data-key="v"
          busy={verify.isPending}
          onClick={() => verify.mutate({ path: { key: it.key } })}
        >
          {unsolved ? 'Verify the fix' : 'Look again'}
        </Button>
      )}
      {mayAct && unsolved && (
        <>
          {it.decision !== 'acknowledge' && (
            <Button onClick={() => send({ kind: 'acknowledge' })}>Acknowledge</Button>
          )}
          <Button data-key="a" onClick={() => setIsAssigning(true)}>
            Assign…
          </Button>
          <Button data-key="s" onClick={() => setAsked('accept_risk')}>
            Accept risk…
          </Button>
          <Button onClick={() => setAsked('false_positive')}>False positive…</Button>
        </>
      )}
      {mayAct && (it.decision === 'accept_risk' || it.decision === 'false_positive') && (
        <Button onClick={() => send({ kind: 'reopen' })}>Take the decision back</Button>
      )}
      {mayAct && <Button onClick={() => setAsked('note')}>Note…</Button>}
      {mayAct && <Button onClick={() => setAsked('tag')}>Tag…</Button>}
      {mayAct && (it.tags?.length ?? 0) > 0 && (
        <Button onClick={() => setAsked('untag')}>Untag…</Button>
      )}
      <PacketMenu exposureKey={it.key} />
      {isAssigning && (
        <Assign
          to={it.assignee}
          onClose={() => setIsAssigning(false)}
          onSend={(assignee) => {
            setIsAssigning(false);
            send({ kind: 'assign', assignee });
          }}
        />
      )}
      {asked && (
        <Ask
          asked={asked}
          error={act.error}
          busy={act.isPending}
          onClose={() => setAsked(undefined)}
          onSend={send}
        />
      )}
    </div>
  );
}

function Ask(props: {
  asked: Asked;
  error: unknown;
  busy: boolean;
  onClose: () => void;
  onSend: (action: NewAction) => void;
}) {
  const ask = ASKS[props.asked];
  const submit = (form: FormData) => props.onSend(answerOf(props.asked, form));
  return (
    <Dialog open onClose={props.onClose} title={ask.title} says={ask.says}>
      <Form onSubmit={submit} errors={props.error ? asProblem(props.error).byField() : {}}>
        <AskFields asked={props.asked} />
        <ProblemNotice error={props.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>Keep as it is</Button>
          <Button type="submit" look="primary" busy={props.busy}>
            {ask.title}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** The exposure as it will be once the decision is recorded. */
function decided(it: ExposureDetail, { kind, assignee, tags = [] }: NewAction): ExposureDetail {
  if (kind === 'note') return it;
  if (kind === 'tag') return { ...it, tags: [...new Set([...(it.tags ?? []), ...tags])].sort() };
  if (kind === 'untag')
    return { ...it, tags: (it.tags ?? []).filter((each) => !tags.includes(each)) };
  if (kind === 'assign') return { ...it, ...(assignee && { assignee }) };
  const { decision: _before, ...rest } = it;
  return kind === 'reopen' ? rest : { ...rest, decision: kind };
}
