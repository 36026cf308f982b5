/** What a person sets for themselves in this browser, besides the theme. */
import { useSyncExternalStore } from 'react';

/** How close rows stand, and whether single keys do something (WCAG 2.1.4). */
const CHOICES = {
  density: ['cosy', 'compact'],
  keys: ['on', 'off'],
} as const;
type Name = keyof typeof CHOICES;
type Value<N extends Name> = (typeof CHOICES)[N][number];

const watchers = new Set<() => void>();
const keyOf = (name: Name) => `watchtower.${name}`;

/** The present choice; the first one where nothing, or nonsense, is stored. */
export function preference<N extends Name>(name: N): Value<N> {
  const known: readonly Value<N>[] = CHOICES[name];
  try {
    const stored = localStorage.getItem(keyOf(name));
    return known.find((value) => value === stored) ?? (known[0] as Value<N>);
  } catch {
    return known[0] as Value<N>;
  }
}

/** Remembers a choice and shows it. */
export function prefer<N extends Name>(name: N, value: Value<N>): void {
  try {
    localStorage.setItem(keyOf(name), value);
  } catch {
    // Storage may be switched off; then the choice lasts as long as the page.
  }
  apply();
}

function apply(): void {
  document.documentElement.dataset.density = preference('density');
  for (const watcher of watchers) watcher();
}

/** Shows what is stored, and follows other tabs from here on. */
export function followPreferences(): void {
  apply();
  window.addEventListener('storage', apply);
}

function watch(watcher: () => void) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function usePreference<N extends Name>(name: N): Value<N> {
  return useSyncExternalStore(watch, () => preference(name));
}

/** Whether a person has put the first steps of an organization out of the menu. */
export function useStartHidden(org: string, person: string): boolean {
  const key = `watchtower.start.${org}.${person}`;
  return useSyncExternalStore(watch, () => {
    try {
      return localStorage.getItem(key) !== null;
    } catch {
      // Storage may be switched off; then nothing can be put away.
      return false;
    }
  });
}

/** Puts them away, or back. */
export function hideStart(org: string, person: string, isHidden: boolean): void {
  const key = `watchtower.start.${org}.${person}`;
  try {
    if (isHidden) localStorage.setItem(key, 'hidden');
    else localStorage.removeItem(key);
  } catch {
    // As above.
  }
  apply();
}
