/** When platform staff look with somebody's eyes: how long still, and starting over as another. */
import type { QueryClient } from '@tanstack/react-query';
import type { Live } from '@/live/connection';
import { meQuery } from './session';

/** Whole minutes until it ends, never less than none. */
export function minutesLeft(expiresAt: string, now: Date): number {
  return Math.max(0, Math.ceil((new Date(expiresAt).getTime() - now.getTime()) / 60_000));
}

/** What of it is over: a look that was there is gone, or another one. */
export function hasEnded(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && before !== now;
}

/** The cookie means somebody else from now on: nothing that was read before survives. */
export async function startOver(cache: QueryClient, live: Live) {
  await cache.cancelQueries();
  const me = await cache.fetchQuery({ ...meQuery(), staleTime: 0 });
  const kept = JSON.stringify(meQuery().queryKey);
  cache.removeQueries({ predicate: (query) => JSON.stringify(query.queryKey) !== kept });
  live.reset();
  return me;
}
