/** Runs that do not go on: why, and what helps. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keyset, rows } from '@/api/page';
import { asProblem } from '@/api/problem';
import type { StuckRun } from '@/client';
import { count } from '@/say/words';
import { RunBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { say, sayProblem } from '@/ui/toast';
import { ASKED, cancelRun, dispatchRun, stuckQuery } from './operations';

export function StuckTab() {
  const [ending, setEnding] = useState<StuckRun>();
  const runs = useInfiniteQuery({
    queryKey: [ASKED, 'stuck'],
    queryFn: ({ pageParam }) => stuckQuery(typeof pageParam === 'string' ? pageParam : ''),
    ...keyset,
  });
  const items = rows(runs.data);
  return (
    <>
      <ListOf
        what="the stuck runs"
        query={runs}
        items={items}
        empty={
          <EmptyState
            title="Every run goes on"
            why="A run is listed here past its deadline, or when its worker, its results or its turn stay away for long."
          />
        }
      >
        <Table label="Stuck runs" head={['Run', 'State', 'Why', 'Heard of', 'Ends by itself', '']}>
          {items.map((each) => (
            <Row key={each.run_id} each={each} onCancel={() => setEnding(each)} />
          ))}
        </Table>
      </ListOf>
      <Cancel run={ending} onClose={() => setEnding(undefined)} />
    </>
  );
}

function Row({ each, onCancel }: { each: StuckRun; onCancel: () => void }) {
  const cache = useQueryClient();
  const dispatch = useMutation({
    mutationFn: dispatchRun,
    onSuccess: ({ dispatched, left_alone }) => {
      say(
        dispatched > 0
          ? `${count(dispatched, 'job')} sent again.`
          : `Nothing sent: ${count(left_alone, 'job')} heard of, or sent, a moment ago.`,
      );
      return cache.invalidateQueries({ queryKey: [ASKED] });
    },
    onError: sayProblem,
  });
  return (
    <tr>
      <td className="font-mono text-xs break-all">
        {each.run_id}
        <p className="text-ink-muted">{each.tenant_key}</p>
      </td>
      <td>
        <RunBadge state={each.state} />
        <p className="text-[0.8125rem] text-ink-muted tabular-nums">
          {each.jobs.waiting} wait, {each.jobs.running} run ({each.jobs.silent} silent),{' '}
          {each.jobs.processing} reported
        </p>
      </td>
      <td className="max-w-80">
        <p className="font-medium first-letter:uppercase">
          <Inert>{each.reason}</Inert>.
        </p>
        <p className="text-[0.8125rem] text-ink-muted first-letter:uppercase">{each.advice}.</p>
      </td>
      <td>{each.heard_at ? <Moment at={each.heard_at} /> : 'never'}</td>
      <td>
        <Moment at={each.deadline_at} />
      </td>
      <td>
        <span className="flex gap-1.5">
          {each.may.includes('dispatch') && (
            <Button
              size="small"
              busy={dispatch.isPending}
              onClick={() => dispatch.mutate(each.run_id)}
            >
              Send again
            </Button>
          )}
          {each.may.includes('cancel') && (
            <Button size="small" look="danger" onClick={onCancel}>
              Cancel…
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

function Cancel({ run, onClose }: { run: StuckRun | undefined; onClose: () => void }) {
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: cancelRun,
    onSuccess: () => {
      say('The run is cancelled.');
      onClose();
      return cache.invalidateQueries({ queryKey: [ASKED] });
    },
  });
  return (
    <Dialog
      open={run !== undefined}
      onClose={onClose}
      title="Cancel the run?"
      says="What was found so far is kept. Its organization reads who did it and why in its audit."
    >
      {run && (
        <Form
          errors={cancel.error ? asProblem(cancel.error).byField() : {}}
          onSubmit={(form) =>
            cancel.mutate({ run: run.run_id, reason: String(form.get('reason')) })
          }
        >
          <TextField label="Reason" name="reason" maxLength={500} required />
          <ProblemNotice error={cancel.error} />
          <div>
            <Button type="submit" look="danger" busy={cancel.isPending}>
              Cancel the run
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}
