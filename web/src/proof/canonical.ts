/**
 * JSON with one spelling: no spaces, keys in ascending byte order. What is proven is bytes, so the
 * same must be written here as by the ledger (docs/contracts/packet.md).
 */

/** The canonical text of a parsed value. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .sort(([a], [b]) => byBytes(a, b))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** The order of the UTF-8 bytes, which is that of code points and not of UTF-16. */
function byBytes(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const far = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (far !== 0) return far;
  }
  return left.length - right.length;
}

/**
 * Reads text that must be canonical. A repeated key, a fraction or a number too large to be kept
 * exactly is spelled differently afterwards and so refused, never misread.
 */
export function parseCanonical(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && canonical(value) === text ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
