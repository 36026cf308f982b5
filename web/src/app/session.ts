/** Who is signed in, where they are, and what they may do. */
import { hashKey, type QueryClient, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { logOut, switchOrganization } from '@/client';
import { getMeOptions } from '@/client/@tanstack/react-query.gen';
import type { LiveConnection } from '@/live/connection';

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
export async function enterOrganization(
  cache: QueryClient,
  live: LiveConnection,
  tenantKey: string,
) {
  await cache.cancelQueries();
  await switchOrganization({ body: { tenant_key: tenantKey } });
  // The profile stays, because the shell on screen watches it; it is read anew at once.
  const me = hashKey(meQuery().queryKey);
  cache.removeQueries({ predicate: (query) => query.queryHash !== me });
  live.reset();
  return cache.fetchQuery({ ...meQuery(), staleTime: 0 });
}

/** Tabs of one browser tell each other that the session has ended. */
const channel =
  typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('watchtower.session');

/** Calls back when another tab signs out. */
export function onSignedOutElsewhere(callback: () => void): void {
  channel?.addEventListener('message', (event) => event.data === 'signed_out' && callback());
}

/** Ends the session here and in the other tabs. */
export function useSignOut() {
  const cache = useQueryClient();
  const router = useRouter();
  return async () => {
    await logOut();
    channel?.postMessage('signed_out');
    await router.navigate({ to: '/login' });
    cache.clear();
  };
}
