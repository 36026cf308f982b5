/** The list an exposure was opened from, so that one can go on to its neighbours. */
let trail: readonly string[] = [];

/** The keys of the list on screen, in its order. */
export function leaveTrail(keys: readonly string[]): void {
  trail = keys;
}

/** The neighbours of a key in the list it was opened from. */
export function neighbours(key: string): { before?: string; after?: string } {
  const at = trail.indexOf(key);
  if (at < 0) return {};
  const [before, after] = [trail[at - 1], trail[at + 1]];
  return { ...(before && { before }), ...(after && { after }) };
}
