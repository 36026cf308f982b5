/** Dead letters: messages a reader of the bus gave up, to look at, send again or give up for good. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { keyset, rows } from '@/api/page';
import type { DeadLetter, Redriven } from '@/client';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { say, sayProblem } from '@/ui/toast';
import { Discard, Opened } from './letter';
import { ASKED, lettersQuery, redriveAll, redriveLetter } from './operations';

const route = getRouteApi('/in/platform');

export function LettersTab() {
  const { consumer } = route.useSearch();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [opened, setOpened] = useState<number>();
  const [discarding, setDiscarding] = useState<DeadLetter>();
  const letters = useInfiniteQuery({
    queryKey: [ASKED, 'letters', consumer],
    queryFn: ({ pageParam }) =>
      lettersQuery(consumer, typeof pageParam === 'string' ? pageParam : ''),
    ...keyset,
  });
  const items = rows(letters.data);
  const done = {
    onSuccess: (answer: Redriven) => {
      say(sent(answer));
      setOpened(undefined);
      return cache.invalidateQueries({ queryKey: [ASKED] });
    },
    onError: sayProblem,
  };
  const redrive = useMutation({ mutationFn: redriveLetter, ...done });
  const all = useMutation({ mutationFn: redriveAll, ...done });
  return (
    <>
      {consumer && (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            size="small"
            aria-label="Remove filter: reader"
            onClick={() => void navigate({ to: '/platform', search: { tab: 'letters' } })}
          >
            reader <Inert>{consumer}</Inert> ×
          </Button>
          {items.length > 0 && (
            <Button
              size="small"
              look="primary"
              busy={all.isPending}
              onClick={() => all.mutate(consumer)}
            >
              Send all of them again
            </Button>
          )}
        </div>
      )}
      <ListOf
        what="the dead letters"
        query={letters}
        items={items}
        empty={
          <EmptyState
            title="No dead letters"
            why="A message that a reader refuses, or tries five times in vain, is kept here for 30 days."
          />
        }
      >
        <Table label="Dead letters" head={['Letter', 'Reader', 'Why', 'Died', '']}>
          {items.map((each) => (
            <tr key={each.sequence}>
              <td>
                <span className="font-medium">
                  <Inert>{each.type || 'not readable'}</Inert>
                </span>
                <p className="font-mono text-xs break-all text-ink-muted">
                  #{each.sequence} {each.tenant_key}
                </p>
              </td>
              <td>
                <Inert>{each.consumer}</Inert>
                <p className="font-mono text-xs break-all text-ink-muted">
                  <Inert>{each.subject}</Inert>
                </p>
              </td>
              <td className="max-w-96 break-words">
                <Inert>{each.error}</Inert>
                {each.deliveries !== undefined && each.deliveries !== null && (
                  <p className="text-[0.8125rem] text-ink-muted">
                    {count(each.deliveries, 'delivery', 'deliveries')}
                  </p>
                )}
              </td>
              <td>
                <Moment at={each.died_at} />
              </td>
              <td>
                <span className="flex gap-1.5">
                  <Button size="small" onClick={() => setOpened(each.sequence)}>
                    Look
                  </Button>
                  {each.may_redrive && (
                    <Button
                      size="small"
                      busy={redrive.isPending && redrive.variables === each.sequence}
                      onClick={() => redrive.mutate(each.sequence)}
                    >
                      Send again
                    </Button>
                  )}
                  <Button size="small" look="danger" onClick={() => setDiscarding(each)}>
                    Discard…
                  </Button>
                </span>
              </td>
            </tr>
          ))}
        </Table>
      </ListOf>
      <Opened sequence={opened} onClose={() => setOpened(undefined)} />
      <Discard letter={discarding} onClose={() => setDiscarding(undefined)} />
    </>
  );
}

/** What became of a request to send again. */
function sent({ redriven, left_out, more }: Redriven): string {
  const left = left_out > 0 ? `; ${left_out} claim what their reader does not read` : '';
  return `${count(redriven, 'letter')} sent again${left}${more ? '. There are more.' : '.'}`;
}
