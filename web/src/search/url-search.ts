/**
 * How a screen's state looks in the address bar: `?type=NEW,CHANGED&severity=high`.
 *
 * The router's own serialiser writes JSON into the query; people read, edit and share these
 * addresses, so values are plain words, lists are separated by commas, and whatever cannot be
 * understood falls back instead of breaking the screen.
 */

/** What a search parameter may be before the screen gives it a meaning. */
export type RawSearch = Record<string, string>;

/** Reads `?a=b&c=d`; of a repeated key the last one counts. */
export function parseSearch(query: string): RawSearch {
  return Object.fromEntries(new URLSearchParams(query));
}

/** Writes the same back, leaving out what is empty. */
export function stringifySearch(search: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(search)) {
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
    if (text !== '' && value !== false) parts.push(`${encodeURIComponent(name)}=${readable(text)}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** Percent-encoded, except what RFC 3986 allows in a query and people want to read. */
function readable(text: string): string {
  // Half a character cannot be written in an address.
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return encodeURIComponent(whole).replace(/%(2C|3A|2F|40)/g, (code) => decodeURIComponent(code));
}

/** The word, if it is one of the known. */
export function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((word) => word === value);
}

/** The known words of a comma-separated list, each once, in the known order. */
export function manyOf<T extends string>(known: readonly T[], value: unknown): T[] | undefined {
  const given = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
  const words = known.filter((word) => given.includes(word));
  return words.length === 0 ? undefined : words;
}

/** A day that is one: `2026-11-21`. */
export function dayOf(value: unknown): string | undefined {
  const day = String(value ?? '');
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
  return isDay && new Date(day).toISOString().startsWith(day) ? day : undefined;
}

/** Free text, trimmed, bounded to what the API takes. */
export function textOf(value: unknown, longest = 200): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim().slice(0, longest);
  return text === '' ? undefined : text;
}
