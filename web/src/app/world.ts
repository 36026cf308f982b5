/**
 * Which organization what is on screen belongs to. A session is in one organization at a time, for
 * all tabs: while it moves, and in tabs it moved away from, nothing may be read or shown.
 */
import { useSyncExternalStore } from 'react';

/** `elsewhere`: another tab took the session to another organization. */
export type World = 'here' | 'moving' | 'elsewhere';

let current: World = 'here';
const watchers = new Set<() => void>();

export function setWorld(world: World): void {
  current = world;
  for (const watcher of watchers) watcher();
}

export function useWorld(): World {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => current,
  );
}
