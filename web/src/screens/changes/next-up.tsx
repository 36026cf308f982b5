/** What to do next: the worst that nobody has taken care of, above what changed. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import { listExposuresOptions } from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { place } from '@/say/words';
import { SeverityBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';

/** As many as one reads at a glance. */
const SHOWN = 3;
/** What still waits for somebody: not solved, nothing decided, nobody's. */
const WAITING = 'state:open,unresponsive decision:none assignee:none';

export function NextUp() {
  const org = useOrg();
  const cache = useQueryClient();
  const options = listExposuresOptions({ query: { filter: WAITING, limit: SHOWN } });
  const next = useQuery(options);
  useTopic('changes', (event) => {
    if (event.type === 'exposure.changed' || event.type === 'resync')
      void cache.invalidateQueries({ queryKey: options.queryKey });
  });
  const items = next.data?.items ?? [];
  return (
    <Card
      title="What to do next"
      // As high as it will be, so that what is below stays where it is.
      className="min-h-40"
      actions={
        items.length > 0 && (
          <Link
            to="/o/$org/exposures"
            params={{ org }}
            search={{ filter: WAITING }}
            className="text-sm text-accent underline"
          >
            All that wait
          </Link>
        )
      }
    >
      {next.isPending && <Waiting what="what waits" />}
      {next.isError && <ProblemNotice error={next.error} retry={() => void next.refetch()} />}
      {next.data && items.length === 0 && (
        <p className="text-sm text-ink-muted">
          Nothing. Whatever is open is somebody’s, or was decided upon.
        </p>
      )}
      {items.length > 0 && (
        <ol className="grid gap-1.5 text-sm">
          {items.map((each) => (
            <li key={each.key} className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
              <SeverityBadge severity={each.severity} />
              <Link
                to="/o/$org/exposures/$key"
                params={{ org, key: each.key }}
                className="min-w-0 font-medium break-words hover:underline"
              >
                <Inert>{each.title}</Inert>
              </Link>
              <span className="font-mono text-[0.8125rem] break-all text-ink-muted">
                <Inert>{place(each.host, each.port)}</Inert>
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
