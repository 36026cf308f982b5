/** Leaves this site for an identity provider. */

/** Goes to an address elsewhere; anything but http(s) would run here. */
export function leaveTo(address: string): void {
  const { protocol } = new URL(address);
  if (protocol === 'https:' || protocol === 'http:') window.location.assign(address);
}
