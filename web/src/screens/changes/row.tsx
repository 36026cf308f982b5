/** One change: what happened, to what, where, and what was different. */
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { Event } from '@/client';
import { eventWord, place } from '@/say/words';
import { EventBadge, SeverityBadge } from '@/ui/badge';
import { Inert, visible } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { SelectBox, type Selection } from '@/ui/selection';

export function ChangeRow({ event, selection }: { event: Event; selection?: Selection }) {
  const org = useOrg();
  const changed = Object.entries(event.changed_fields);
  return (
    <li className="px-4 py-(--row-gap) [contain-intrinsic-size:auto_3.5rem] [content-visibility:auto] focus-within:bg-accent-tint hover:bg-sunken">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {selection && (
          <SelectBox
            selection={selection}
            of={event.key}
            name={`${visible(event.title)}, ${eventWord[event.type].toLowerCase()}`}
          />
        )}
        <EventBadge type={event.type} />
        <SeverityBadge severity={event.severity} />
        <Link
          to="/o/$org/exposures/$key"
          params={{ org, key: event.key }}
          data-row
          className="min-w-0 font-medium break-words hover:underline"
        >
          <Inert>{event.title}</Inert>
        </Link>
        <span className="font-mono text-[0.8125rem] text-ink-muted">
          <Inert>{place(event.host, event.port)}</Inert>
        </span>
        <span className="ml-auto text-[0.8125rem] text-ink-muted">
          <Moment at={event.at} />
        </span>
      </div>
      {event.reason && (
        <p className="mt-1 text-[0.8125rem] text-ink-muted">
          Reason: <Inert>{event.reason}</Inert>
        </p>
      )}
      {changed.length > 0 && (
        <ul className="mt-1 grid gap-0.5 text-[0.8125rem]">
          {changed.map(([name, { before, after }]) => (
            <li key={name}>
              <span className="text-ink-muted">
                <Inert>{name}</Inert>:
              </span>{' '}
              <del className="text-critical">
                <Inert>{before || '(none)'}</Inert>
              </del>{' '}
              <span aria-hidden>→</span>{' '}
              <ins className="text-good no-underline">
                <Inert>{after || '(none)'}</Inert>
              </ins>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
