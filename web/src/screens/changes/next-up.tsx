/** What to do next: the most urgent that nobody has decided upon, above what changed. */
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { Dashboard } from '@/client';
import { place } from '@/say/words';
import { KnownAttacksBadge, ScoreBadge, SeverityBadge } from '@/ui/badge';
import { Overdue } from '@/ui/due';
import { Inert } from '@/ui/inert';
import { Card } from '@/ui/screen';

/** As many as one reads at a glance. */
const SHOWN = 3;
/** What still waits for a decision. */
const WAITING = 'state:open,unresponsive decision:none';

export function NextUp({ next }: { next: Dashboard['next'] }) {
  const org = useOrg();
  return (
    <Card
      title="What to do next"
      // As high as it will be, so that what is below stays where it is.
      className="min-h-40"
      actions={
        next.length > 0 && (
          <Link
            to="/o/$org/exposures"
            params={{ org }}
            search={{ filter: WAITING, sort: 'score' }}
            className="text-sm text-accent underline"
          >
            All that wait
          </Link>
        )
      }
    >
      {next.length === 0 && (
        <p className="text-sm text-ink-muted">
          Nothing. Whatever is open is being fixed, or was decided upon.
        </p>
      )}
      {next.length > 0 && (
        <ol className="grid gap-1.5 text-sm">
          {next.slice(0, SHOWN).map((each) => (
            <li key={each.key} className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
              <ScoreBadge score={each.score} />
              {each.kev && <KnownAttacksBadge />}
              {each.sla === 'breached' && <Overdue />}
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
