/** Light, dark or the system's choice; `public/theme.js` applies the same before the first paint. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'watchtower.theme';
const darkSystem = () => matchMedia('(prefers-color-scheme: dark)');
const watchers = new Set<() => void>();

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

function apply(): void {
  const theme = stored();
  const dark = theme === 'dark' || (theme === 'system' && darkSystem().matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  for (const watcher of watchers) watcher();
}

/** Follows the system and other tabs from here on. */
export function followTheme(): void {
  darkSystem().addEventListener('change', apply);
  window.addEventListener('storage', (event) => event.key === KEY && apply());
}

/** Remembers and shows a choice. */
export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    document.documentElement.dataset.theme = theme === 'dark' ? 'dark' : 'light';
    return;
  }
  apply();
}

/** The present choice. */
export function useTheme(): Theme {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, stored);
}
