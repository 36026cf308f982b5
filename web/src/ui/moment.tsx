/** A point in time: relative to read, absolute to be sure. */
import { useSyncExternalStore } from 'react';
import { absolute, ago } from '@/say/moment';

/** All moments on screen step together, this often (milliseconds). */
const STEP_MS = 10_000;
let now = Date.now();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(watcher: () => void) {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of watchers) each();
  }, STEP_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present, as all moments on screen see it. */
export function useNow(): Date {
  return new Date(useSyncExternalStore(watch, () => now));
}

export function Moment(props: { at: string; both?: boolean }) {
  const present = useNow();
  const at = new Date(props.at);
  if (Number.isNaN(at.getTime())) return <span>{props.at}</span>;
  // The clock steps in tens of seconds; what just arrived is not in the future.
  const said = ago(
    at,
    present.getTime() < at.getTime() && at.getTime() < Date.now() ? at : present,
  );
  return (
    <time
      dateTime={props.at}
      title={absolute(at)}
      className={props.both ? undefined : 'whitespace-nowrap'}
    >
      {said}
      {props.both && <span className="text-ink-muted"> · {absolute(at)}</span>}
    </time>
  );
}
