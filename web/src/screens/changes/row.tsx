/** One change: what happened, to what, where, and what was different. */
import type { Event } from '@/client';
import { eventWord } from '@/say/words';
import { Inert, visible } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { SelectBox, type Selection } from '@/ui/selection';
import { EventLine } from '../exposure/named';

export function ChangeRow({ event, selection }: { event: Event; selection?: Selection }) {
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
        <EventLine event={event} />
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
