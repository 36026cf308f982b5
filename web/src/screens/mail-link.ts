/** Tokens that came by mail travel behind `#`, where no server or Referer sees them. */

/** The token of the address, taken out of it so that it stays in no history. */
export function takeToken(location: Location, history: History): string {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (token !== '') history.replaceState(history.state, '', location.pathname);
  return token;
}
