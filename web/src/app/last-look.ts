/** When this person last read the changes of an organization, in this browser. */
const keyOf = (org: string) => `watchtower.looked.${org}`;

/** The moment of the look before this one; nothing the first time. */
export function lastLook(org: string): string | undefined {
  try {
    return localStorage.getItem(keyOf(org)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers that everything up to `newest` was on screen. */
export function looked(org: string, newest: string): void {
  try {
    const before = localStorage.getItem(keyOf(org));
    if (before === null || before < newest) localStorage.setItem(keyOf(org), newest);
  } catch {
    // Storage may be switched off; then there is no line.
  }
}
