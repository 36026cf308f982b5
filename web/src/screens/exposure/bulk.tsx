/** One decision for many exposures; shown at once, taken back where it was refused, with undo. */
import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query';
import { asProblem } from '@/api/problem';
import { actOnExposure, type Exposure, type NewAction } from '@/client';
import {
  listExposuresInfiniteQueryKey,
  listExposuresQueryKey,
} from '@/client/@tanstack/react-query.gen';
import { count, decisionWord } from '@/say/words';
import { Button } from '@/ui/button';
import { type Selection, SelectionBar } from '@/ui/selection';
import { say, sayProblem } from '@/ui/toast';

/** Decisions asked of the API at a time. */
const AT_ONCE = 4;

type Kind = Extract<NewAction['kind'], 'acknowledge' | 'fix_in_progress' | 'reopen'>;
interface Outcome {
  done: string[];
  refused: unknown[];
}

/** Takes one decision on each; the first refusals do not stop the others. */
export async function decide(keys: readonly string[], kind: Kind): Promise<Outcome> {
  const outcome: Outcome = { done: [], refused: [] };
  const waiting = [...keys];
  const work = async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      try {
        await actOnExposure({ path: { key }, body: { kind }, throwOnError: true });
        outcome.done.push(key);
      } catch (error) {
        outcome.refused.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}

export function ExposureBulk({ selection, shown }: { selection: Selection; shown: number }) {
  const cache = useQueryClient();
  const readAnew = () =>
    Promise.all([
      cache.invalidateQueries({ queryKey: listExposuresQueryKey() }),
      cache.invalidateQueries({ queryKey: listExposuresInfiniteQueryKey() }),
    ]);
  const act = useMutation({
    mutationFn: ({ keys, kind }: { keys: readonly string[]; kind: Kind }) => decide(keys, kind),
    onMutate: async ({ keys, kind }) => {
      const filter = { queryKey: listExposuresInfiniteQueryKey() };
      await cache.cancelQueries(filter);
      cache.setQueriesData<InfiniteData<{ items: Exposure[] }>>(
        filter,
        (data) => data && { ...data, pages: data.pages.map((page) => shownAs(page, keys, kind)) },
      );
    },
    onSuccess: ({ done, refused }, { kind }) => {
      const [first] = refused;
      if (first) {
        const why = asProblem(first);
        sayProblem(
          why.status === 0
            ? first
            : Object.assign(why, {
                message: `${count(refused.length, 'exposure')} stayed as before: ${why.message}`,
              }),
        );
      }
      if (done.length > 0 && kind !== 'reopen')
        say(`${count(done.length, 'exposure')}: ${decisionWord[kind].toLowerCase()}.`, {
          name: 'Undo',
          act: () => act.mutate({ keys: done, kind: 'reopen' }),
        });
      if (kind === 'reopen') say('Taken back.');
    },
    // What was refused falls back to what stands.
    onSettled: readAnew,
  });
  const send = (kind: Kind) => {
    act.mutate({ keys: selection.chosen, kind });
    selection.clear();
  };
  return (
    <SelectionBar selection={selection} shown={shown}>
      <Button size="small" look="primary" onClick={() => send('fix_in_progress')}>
        I am fixing them
      </Button>
      <Button size="small" onClick={() => send('acknowledge')}>
        Acknowledge
      </Button>
    </SelectionBar>
  );
}

function shownAs<P extends { items: Exposure[] }>(page: P, keys: readonly string[], kind: Kind): P {
  const items = page.items.map((item) => {
    if (!keys.includes(item.key)) return item;
    const { decision: _before, ...rest } = item;
    return kind === 'reopen' ? rest : { ...rest, decision: kind };
  });
  return { ...page, items };
}
