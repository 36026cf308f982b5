/** An exposure by its name, wherever one is listed: what it is, and where. */
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { Event, Exposure } from '@/client';
import { place } from '@/say/words';
import { EventBadge, SeverityBadge } from '@/ui/badge';
import { classes } from '@/ui/classes';
import { Inert } from '@/ui/inert';

/** The title, which leads to all that is known of it; `j` and `k` walk from one to the next. */
export function ExposureName({ of }: { of: { key: string; title: string } }) {
  const org = useOrg();
  return (
    <Link
      to="/o/$org/exposures/$key"
      params={{ org, key: of.key }}
      data-row
      className="min-w-0 font-medium break-words hover:underline"
    >
      <Inert>{of.title}</Inert>
    </Link>
  );
}

/** Host and port. */
export function Where(props: { of: Pick<Exposure, 'host' | 'port'>; className?: string }) {
  return (
    <span
      className={classes(
        'font-mono break-all text-ink-muted',
        props.className ?? 'text-[0.8125rem]',
      )}
    >
      <Inert>{place(props.of.host, props.of.port)}</Inert>
    </span>
  );
}

/** A change on a line: what happened, how bad it is, to what, where. */
export function EventLine({ event }: { event: Event }) {
  return (
    <>
      <EventBadge type={event.type} />
      <SeverityBadge severity={event.severity} />
      <ExposureName of={event} />
      <Where of={event} />
    </>
  );
}
