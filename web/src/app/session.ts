/** Who is signed in, where they are, and what they may do. */
import { hashKey, type QueryClient, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { logOut, switchOrganization } from '@/client';
import { getMeOptions } from '@/client/@tanstack/react-query.gen';
import type { Live } from '@/live/connection';
import { setWorld } from './world';

/** Milliseconds before name, role and permissions are read again. */
const ME_FRESH_MS = 60_000;

/** The profile of the session. */
export const meQuery = () => ({ ...getMeOptions(), staleTime: ME_FRESH_MS });

/** The signed-in user; only below the signed-in route, which has read it. */
export function useMe() {
  return useSuspenseQuery(meQuery()).data;
}

/** The organization of the session, as addresses name it. */
export function useOrg(): string {
  return useMe().organization.tenant_key;
}

/** Whether a control would be accepted; controls that would be refused are not shown. */
export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}

/** Moves the session to another organization; nothing read before survives. */
export async function enterOrganization(cache: QueryClient, live: Live, tenantKey: string) {
  // What is on screen goes first: from here on, answers may be the other organization's.
  setWorld('moving');
  try {
    await cache.cancelQueries();
    await switchOrganization({ body: { tenant_key: tenantKey } });
    tellTabs({ entered: tenantKey });
    // The profile stays, because the shell on screen watches it; it is read anew at once.
    const me = hashKey(meQuery().queryKey);
    cache.removeQueries({ predicate: (query) => query.queryHash !== me });
    live.reset();
    return await cache.fetchQuery({ ...meQuery(), staleTime: 0 });
  } finally {
    setWorld('here');
  }
}

/** What the tabs of one browser tell each other about the session they share. */
type Told = 'signed_out' | { entered: string };
const channel =
  typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('watchtower.session');
const tellTabs = (told: Told) => channel?.postMessage(told);

/** Follows what other tabs do with the session. */
export function followTabs(cache: QueryClient, onSignedOut: () => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    if (data === 'signed_out') return onSignedOut();
    const here = cache.getQueryData(meQuery().queryKey)?.organization.tenant_key;
    if (here === undefined || here === data.entered) return;
    setWorld('elsewhere');
    void cache.cancelQueries();
  });
}

/** Ends the session here and in the other tabs. */
export function useSignOut() {
  const cache = useQueryClient();
  const router = useRouter();
  return async () => {
    await logOut();
    tellTabs('signed_out');
    await router.navigate({ to: '/login' });
    cache.clear();
  };
}
