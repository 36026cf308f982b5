/**
 * What looks like a secret in text from elsewhere: passwords, tokens, keys, session cookies.
 *
 * For the eyes beside the reader's and for pictures of the screen: who reads an exposure may read
 * its evidence, so a miss shows nothing to anybody who could not read it, and a false hit costs one
 * press. Every repetition is bounded, because the text is a stranger's.
 */

/** A range of the text, its end not included. */
export type Range = readonly [start: number, end: number];

/** Words in the name of a value that make it one. */
const NAMED =
  'pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credentials?|session(?:[_-]?id)?|sid|auth|jwt|bearer|signature|csrf';

/** The secret is the group `it` of each. */
const SHAPES: readonly RegExp[] = [
  // A private key, whole, also where its end was cut off.
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?<it>[^-]{1,20000})/dg,
  // What a request or an answer carries to say who asks.
  /^[ \t]{0,8}(?:proxy-)?authorization:[ \t]{0,8}(?:[a-z]{1,20}[ \t]{1,8})?(?<it>[^\s].{0,8000})/dgim,
  /^[ \t]{0,8}(?:x-[a-z-]{0,40}(?:key|token|secret|auth)|x-csrf[a-z-]{0,20}):[ \t]{0,8}(?<it>[^\s].{0,8000})/dgim,
  /^[ \t]{0,8}set-cookie:[ \t]{0,8}[^=;\s]{1,200}=(?<it>[^;\s]{1,8000})/dgim,
  /^[ \t]{0,8}cookie:[ \t]{0,8}(?<it>[^\s].{0,8000})/dgim,
  // `scheme://name:password@host`.
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"]{0,200}:(?<it>[^\s@/'"]{1,400})@/dgi,
  // `DB_PASSWORD=…`, `"api_key": "…"`, `token: …`.
  new RegExp(
    `(?<![a-z0-9])(?:[a-z0-9]{1,40}[_.-]){0,6}(?:${NAMED})(?:[_.-][a-z0-9]{1,40}){0,2}["']?\\]?[ \\t]{0,8}(?:=>|:=|[=:])[ \\t]{0,8}(?:"(?<it>[^"\\n]{3,4000})"|'(?<one>[^'\\n]{3,4000})'|(?<bare>[^\\s"'&;,<>{}()[\\]]{3,4000}))`,
    'dgi',
  ),
  // Shapes that need no name beside them.
  /\b(?<it>eyJ[\w-]{8,4000}\.[\w-]{4,8000}\.[\w-]{0,4000})/dg,
  /\b(?<it>(?:AKIA|ASIA)[A-Z0-9]{16})\b/dg,
  /\b(?<it>gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255})/dg,
  /\b(?<it>xox[abeoprs]-[A-Za-z0-9-]{10,255}|sk_(?:live|test)_\w{10,255}|rk_live_\w{10,255})/dg,
  /\b(?<it>AIza[\w-]{35}|SG\.[\w-]{16,64}\.[\w-]{16,128}|npm_[A-Za-z0-9]{36}|wt_[A-Za-z0-9_-]{20,255})/dg,
];

/** Values that name no secret, whatever they are called. */
const NOTHING = /^(?:true|false|null|none|undefined|required|basic|bearer|digest|yes|no)$/i;

/** Looked through at most; the rest is shown only with everything else. */
export const LOOKED_AT = 200_000;

/** Where secrets seem to be, in order and apart. */
export function secretsIn(text: string): Range[] {
  const looked = text.slice(0, LOOKED_AT);
  const found: [number, number][] = [];
  for (const shape of SHAPES)
    for (const { indices } of looked.matchAll(shape)) {
      const at = indices?.groups?.it ?? indices?.groups?.one ?? indices?.groups?.bare;
      if (at && !NOTHING.test(looked.slice(...at).trim())) found.push(at);
    }
  if (text.length > LOOKED_AT) found.push([LOOKED_AT, text.length]);
  found.sort((a, b) => a[0] - b[0]);
  const apart: [number, number][] = [];
  for (const [start, end] of found) {
    const last = apart.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else apart.push([start, end]);
  }
  return apart;
}

/** What stands in place of a secret; always as long, so that it tells no length. */
export const HIDDEN = '••••••••';

/** The text without them. */
export function without(text: string, secrets: readonly Range[]): string {
  let rest = '';
  let at = 0;
  for (const [start, end] of secrets) {
    rest += text.slice(at, start) + HIDDEN;
    at = end;
  }
  return rest + text.slice(at);
}

/** Whether a value is one by its own name (`api_key`) or looks like one by itself. */
export function isSecret(name: string, value: string): boolean {
  const said = `${name}: `;
  return secretsIn(said + value).some(([, end]) => end > said.length);
}
