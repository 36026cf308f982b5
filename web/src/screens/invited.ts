/** What an invitation asks of whoever opened its link. */

/** Where the link's secret waits while somebody signs in; ends with the tab. */
const KEPT = 'watchtower.invitation';

/** What comes next: joining, another account, signing in, or an account to be made. */
export type Standing = 'join' | 'other_account' | 'sign_in' | 'sign_up';

/** Decides by who is signed in, whom the invitation is for, and whether they have an account. */
export function standing(
  signedInAs: string | undefined,
  invited: { email: string; account_exists: boolean },
): Standing {
  if (signedInAs === undefined) return invited.account_exists ? 'sign_in' : 'sign_up';
  return signedInAs.toLowerCase() === invited.email.toLowerCase() ? 'join' : 'other_account';
}

/** The secret of the address or, after a sign-in, the one that was kept. */
export function invitationToken(
  location: Pick<Location, 'hash' | 'search' | 'pathname'>,
  history: Pick<History, 'state' | 'replaceState'>,
  store: Storage,
): string {
  const of = (text: string) => new URLSearchParams(text.slice(1)).get('token') ?? '';
  const token = of(location.hash) || of(location.search);
  if (token === '') return store.getItem(KEPT) ?? '';
  // Out of the address, so that it stays in no history.
  history.replaceState(history.state, '', location.pathname);
  store.setItem(KEPT, token);
  return token;
}

/** Used or refused for good: forgotten. */
export function forgetInvitation(store: Storage): void {
  store.removeItem(KEPT);
}
