/** Everything that happened to an exposure; nothing in it is ever edited. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { keptSince } from '@/app/kept-since';
import { useOrg } from '@/app/session';
import type { TimelineEntry } from '@/client';
import { getTimelineOptions } from '@/client/@tanstack/react-query.gen';
import { decisionWord } from '@/say/words';
import { EventBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';

export function TimelineCard({ exposureKey }: { exposureKey: string }) {
  const timeline = useQuery(getTimelineOptions({ path: { key: exposureKey } }));
  return (
    <Card title="Timeline">
      {timeline.isPending && <Waiting what="the timeline" />}
      {timeline.isError && (
        <ProblemNotice error={timeline.error} retry={() => void timeline.refetch()} />
      )}
      {timeline.data?.kept_since && (
        <p className="mb-3 text-sm text-ink-muted">{keptSince(timeline.data.kept_since)}</p>
      )}
      {timeline.data && (
        <ol className="grid gap-3 border-l border-line pl-4">
          {timeline.data.items.map((entry) => (
            <li
              key={entry.event?.id ?? entry.action?.id ?? entry.at}
              className="grid gap-0.5 text-sm"
            >
              <Entry entry={entry} />
              <span className="text-[0.8125rem] text-ink-muted">
                <Moment at={entry.at} both />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Entry({ entry: { event, action } }: { entry: TimelineEntry }) {
  const org = useOrg();
  if (event) {
    return (
      <>
        <span className="flex flex-wrap items-center gap-2">
          <EventBadge type={event.type} />
          {event.run_id && (
            <Link
              to="/o/$org/scans/$run"
              params={{ org, run: event.run_id }}
              className="text-[0.8125rem] text-accent underline"
            >
              run {event.run_id.slice(-6)}
            </Link>
          )}
        </span>
        {event.reason && (
          <span>
            Reason: <Inert>{event.reason}</Inert>
          </span>
        )}
        {Object.entries(event.changed_fields).map(([name, { before, after }]) => (
          <span key={name} className="break-words">
            <Inert>{name}</Inert>:{' '}
            <del>
              <Inert>{before || '(none)'}</Inert>
            </del>{' '}
            → <Inert>{after || '(none)'}</Inert>
          </span>
        ))}
      </>
    );
  }
  if (!action) return null;
  return (
    <>
      <span className="font-medium">{decisionWord[action.kind]}</span>
      {action.reason && (
        <span className="break-words whitespace-pre-line">
          <Inert>{action.reason}</Inert>
        </span>
      )}
      {action.note && (
        <span className="break-words whitespace-pre-line">
          <Inert>{action.note}</Inert>
        </span>
      )}
      {action.until && (
        <span>
          until <Moment at={action.until} both />
        </span>
      )}
    </>
  );
}
