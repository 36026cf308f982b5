/** The bell: what of importance happened since this person last looked, from the feed of changes. */
import { Popover } from '@base-ui/react/popover';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Bell } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Event } from '@/client';
import { listChangesOptions } from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { count, place } from '@/say/words';
import { EventBadge, SeverityBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { seen, useSeen } from './news-seen';
import { useMe, useOrg } from './session';

/** What is worth a bell: it appeared, came back, became different, went silent, or is gone. */
const TYPES = 'NEW,REOPENED,CHANGED,UNRESPONSIVE,FIXED';
/** And is at least this bad. */
const SEVERITY = 'high';
/** Counted at most; the feed has the rest. */
const COUNTED = 50;
/** Listed in the bell. */
const LISTED = 12;
/** Milliseconds between two looks, however many changes a run tells of. */
const LOOK_MS = 5_000;

export function NewsBell() {
  const org = useOrg();
  const person = useMe().user.id;
  const since = useSeen(org, person);
  const cache = useQueryClient();
  const options = listChangesOptions({
    query: { type: TYPES, severity: SEVERITY, since, limit: COUNTED },
  });
  const news = useQuery({ ...options, refetchOnWindowFocus: false });
  const waits = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(waits.current), []);
  useTopic('changes', ({ type }) => {
    if ((type !== 'exposure.changed' && type !== 'resync') || waits.current !== undefined) return;
    waits.current = setTimeout(() => {
      waits.current = undefined;
      void cache.invalidateQueries({ queryKey: options.queryKey });
    }, LOOK_MS);
  });
  // The API's `since` takes the moment itself in.
  const unread = news.data?.items.filter(({ at }) => at > since) ?? [];
  const many = news.data?.next_cursor ? `${COUNTED}+` : `${unread.length}`;
  // What was unread when it was opened is read while it is open.
  const [shown, setShown] = useState<{ items: Event[]; since: string; many: string }>();

  const open = (isOpen: boolean) => {
    if (!isOpen) return setShown(undefined);
    setShown({ items: unread, since, many });
    const newest = unread[0]?.at;
    if (newest) seen(org, person, newest);
  };
  return (
    <Popover.Root open={shown !== undefined} onOpenChange={open}>
      <Popover.Trigger
        render={
          <Button
            look="quiet"
            size="small"
            className="justify-start!"
            aria-label={unread.length > 0 ? `Notifications, ${many} unread` : 'Notifications'}
          >
            <Bell size={16} aria-hidden />
            {unread.length > 0 && (
              <span className="rounded-full bg-danger px-1.5 text-xs font-semibold text-danger-ink tabular-nums">
                {many}
              </span>
            )}
          </Button>
        }
      />
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="start" className="z-50">
          <Popover.Popup className="grid max-h-[70vh] w-[min(26rem,calc(100vw-1.5rem))] gap-3 overflow-y-auto rounded-lg border border-line bg-surface p-4 shadow-xl outline-none">
            <Popover.Title className="font-semibold">What happened</Popover.Title>
            {news.isError && <ProblemNotice error={news.error} retry={() => void news.refetch()} />}
            {shown && !news.isError && <News {...shown} onLeave={() => setShown(undefined)} />}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
      {/* Said to who does not see the number change. */}
      <span role="status" className="sr-only">
        {unread.length > 0 && `${count(unread.length, 'notification')} unread`}
      </span>
    </Popover.Root>
  );
}

function News(props: {
  items: readonly Event[];
  since: string;
  many: string;
  onLeave: () => void;
}) {
  const { items } = props;
  const org = useOrg();
  return (
    <>
      <p className="text-sm text-ink-muted">
        {items.length === 0
          ? 'Nothing of high severity or worse since '
          : `${props.many} of high severity or worse since `}
        <Moment at={props.since} />.
      </p>
      <ul className="grid gap-2.5 text-sm">
        {items.slice(0, LISTED).map((event) => (
          <li key={event.id} className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <EventBadge type={event.type} />
            <SeverityBadge severity={event.severity} />
            <Link
              to="/o/$org/exposures/$key"
              params={{ org, key: event.key }}
              onClick={props.onLeave}
              className="min-w-0 break-words text-accent underline"
            >
              <Inert>{event.title}</Inert>
            </Link>
            <span className="font-mono text-[0.8125rem] break-all text-ink-muted">
              <Inert>{place(event.host, event.port)}</Inert>
            </span>
            <span className="text-[0.8125rem] text-ink-muted">
              <Moment at={event.at} />
            </span>
          </li>
        ))}
      </ul>
      <Link
        to="/o/$org/changes"
        params={{ org }}
        search={{ severity: SEVERITY }}
        onClick={props.onLeave}
        className="text-sm font-medium text-accent underline"
      >
        All changes of high severity or worse
      </Link>
    </>
  );
}
