/** Up to when a person has seen what happened in an organization, in this browser. */
import { useSyncExternalStore } from 'react';

/** How far back is looked the first time, milliseconds. */
const FIRST_LOOK = 7 * 86_400_000;

const watchers = new Set<() => void>();
const keyOf = (org: string, person: string) => `watchtower.news.${org}.${person}`;

/** Where storage is switched off, it lasts as long as the page. */
const held = new Map<string, string>();

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? held.get(key);
  } catch {
    return held.get(key);
  }
}

/** Everything up to here was seen. */
export function seen(org: string, person: string, until: string): void {
  const key = keyOf(org, person);
  held.set(key, until);
  try {
    localStorage.setItem(key, until);
  } catch {
    // It is held above.
  }
  for (const watcher of watchers) watcher();
}

/** Until when; changes with other tabs. The first time, and with nonsense, a week ago. */
export function useSeen(org: string, person: string): string {
  const key = keyOf(org, person);
  const until = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      window.addEventListener('storage', watcher);
      return () => {
        watchers.delete(watcher);
        window.removeEventListener('storage', watcher);
      };
    },
    () => read(key),
  );
  return until && !Number.isNaN(Date.parse(until)) ? until : aWeekAgo();
}

/** The same for as long as the page lives, so that the question does not change as time goes by. */
let week: string | undefined;
function aWeekAgo(): string {
  week ??= new Date(Date.now() - FIRST_LOOK).toISOString();
  return week;
}
