/** One decision on many exposures: those chosen, or everything the filter matches; with undo. */
import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useMay } from '@/app/session';
import type { BulkAction, Exposure, NewAction, Selection as Selected } from '@/client';
import {
  getDashboardQueryKey,
  listExposuresInfiniteQueryKey,
  listExposuresQueryKey,
  recordBulkActionMutation,
  undoBulkActionMutation,
} from '@/client/@tanstack/react-query.gen';
import { count, decisionWord } from '@/say/words';
import { Button } from '@/ui/button';
import { type Selection, SelectionBar } from '@/ui/selection';
import { say, sayProblem } from '@/ui/toast';
import type { Asked } from './ask';
import { Assign } from './assign';
import { BulkDialog, type Plain, useBulkPreview } from './bulk-dialog';

/** The filter that leaves nothing out; an empty one is no selection. */
const ALL = 'severity>=info';

export function ExposureBulk(props: {
  selection: Selection;
  shown: number;
  /** What the list shows; without one, only what was chosen can be decided upon. */
  filter?: string;
}) {
  const { selection, shown } = props;
  const [isAll, setIsAll] = useState(false);
  const [asked, setAsked] = useState<Plain | Asked | 'assign'>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another everything
  useEffect(() => setIsAll(false), [props.filter]);
  const filter = isAll ? props.filter || ALL : undefined;
  const preview = useBulkPreview(filter, 'acknowledge');
  const mayNameMembers = useMay('organization:read');
  const done = () => {
    setAsked(undefined);
    setIsAll(false);
    selection.clear();
  };
  const { act, isShownAtOnce } = useBulk(done, (error) => {
    // A dialog of its own says what was refused.
    if (asked === undefined || asked === 'assign') sayProblem(error);
  });
  const send = (action: NewAction, expected?: number) => {
    const which: Selected = filter === undefined ? { keys: [...selection.chosen] } : { filter };
    act.mutate({ body: { selection: which, action, ...(expected !== undefined && { expected }) } });
  };
  // What everything is has to be seen first; what was chosen was.
  const choose = (kind: Plain) =>
    filter === undefined && isShownAtOnce(kind) ? send({ kind }) : setAsked(kind);

  return (
    <SelectionBar
      selection={selection}
      shown={shown}
      everything={filter === undefined ? undefined : everythingIs(preview.data)}
      {...(props.filter !== undefined && { onEverything: () => setIsAll(true) })}
      onClear={() => setIsAll(false)}
    >
      <Button
        size="small"
        look="primary"
        busy={act.isPending}
        onClick={() => choose('fix_in_progress')}
      >
        I am fixing them
      </Button>
      <Button size="small" onClick={() => choose('acknowledge')}>
        Acknowledge
      </Button>
      {mayNameMembers && (
        <Button size="small" onClick={() => setAsked('assign')}>
          Assign…
        </Button>
      )}
      <Button size="small" onClick={() => setAsked('accept_risk')}>
        Accept risk…
      </Button>
      <Button size="small" onClick={() => setAsked('tag')}>
        Tag…
      </Button>
      {asked === 'assign' && (
        <Assign
          onClose={() => setAsked(undefined)}
          onSend={(assignee) => send({ kind: 'assign', assignee }, preview.data?.matching)}
        />
      )}
      {asked && asked !== 'assign' && (
        <BulkDialog
          key={asked}
          kind={asked}
          filter={filter}
          chosen={selection.chosen.length}
          error={act.error}
          busy={act.isPending}
          onClose={() => {
            setAsked(undefined);
            act.reset();
          }}
          onSend={send}
        />
      )}
    </SelectionBar>
  );
}

function everythingIs(of: { matching: number; too_many: boolean; limit: number } | undefined) {
  if (!of) return 'Everything that matches';
  if (of.too_many) return `More than ${of.limit.toLocaleString('en')} match`;
  return `All ${count(of.matching, 'exposure')} that match`;
}

/** Records a bulk; what was chosen is shown at once, and falls back where it was refused. */
function useBulk(onDone: () => void, onRefused: (error: unknown) => void) {
  const cache = useQueryClient();
  const readAnew = () =>
    Promise.all(
      [listExposuresQueryKey(), listExposuresInfiniteQueryKey(), getDashboardQueryKey()].map(
        (queryKey) => cache.invalidateQueries({ queryKey }),
      ),
    );
  const undo = useMutation({
    ...undoBulkActionMutation(),
    onSuccess: ({ applied }) => say(`Taken back for ${count(applied, 'exposure')}.`),
    onError: sayProblem,
    onSettled: readAnew,
  });
  const isShownAtOnce = (kind: NewAction['kind']) =>
    kind === 'acknowledge' || kind === 'fix_in_progress';
  const act = useMutation({
    ...recordBulkActionMutation(),
    onMutate: async ({ body }) => {
      const { keys = [] } = body.selection;
      if (keys.length === 0 || !isShownAtOnce(body.action.kind)) return;
      const filter = { queryKey: listExposuresInfiniteQueryKey() };
      await cache.cancelQueries(filter);
      cache.setQueriesData<InfiniteData<{ items: Exposure[] }>>(
        filter,
        (data) =>
          data && {
            ...data,
            pages: data.pages.map((page) => shownAs(page, keys, body.action.kind)),
          },
      );
    },
    onSuccess: (bulk) => {
      onDone();
      say(
        told(bulk),
        bulk.applied > 0
          ? { name: 'Undo', act: () => undo.mutate({ path: { id: bulk.id } }) }
          : undefined,
      );
    },
    onError: onRefused,
    // What was refused falls back to what stands.
    onSettled: readAnew,
  });
  return { act, isShownAtOnce };
}

function told({ applied, unsuitable, kind }: BulkAction): string {
  const stayed =
    unsuitable > 0
      ? ` ${count(unsuitable, 'exposure')} stayed as before: it does not suit them.`
      : '';
  return `${count(applied, 'exposure')}: ${decisionWord[kind].toLowerCase()}.${stayed}`;
}

function shownAs<P extends { items: Exposure[] }>(
  page: P,
  keys: readonly string[],
  decision: NewAction['kind'],
): P {
  const items = page.items.map((item) => (keys.includes(item.key) ? { ...item, decision } : item));
  return { ...page, items };
}
