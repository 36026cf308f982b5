/** The request of an evidence as a command, to see it again by hand. */
import { place } from '@/say/words';
import { visible } from '@/ui/inert';

/** Headers curl makes itself. */
const OWN = new Set(['host', 'connection', 'content-length', 'accept-encoding']);

/** A word no shell takes for more than text. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The command, or nothing where it was no plain HTTP request. */
export function asCurl(asked: {
  request: string;
  host: string;
  port: number;
  /** Whether a certificate was seen. */
  tls: boolean;
}): string | undefined {
  const [head = '', body = ''] = asked.request.split(/\r?\n\r?\n/);
  const [first = '', ...lines] = head.split(/\r?\n/);
  const [, method, path] = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (!method || !path) return undefined;
  // A terminal would obey what cannot be seen.
  const whole = [path, ...lines, body].join('');
  if (visible(whole) !== whole) return undefined;
  const parts = ['curl', '-i', '-sS', '--max-time', '20'];
  if (method !== 'GET') parts.push('-X', method);
  // What is looked at is what it serves, not whose certificate it is.
  if (asked.tls) parts.push('-k');
  for (const line of lines) {
    const [name, ...value] = line.split(':');
    if (name && value.length > 0 && !OWN.has(name.trim().toLowerCase()))
      parts.push('-H', quoted(line));
  }
  if (body !== '') parts.push('--data-binary', quoted(body));
  const scheme = asked.tls ? 'https' : 'http';
  parts.push('--path-as-is', quoted(`${scheme}://${place(asked.host, asked.port)}${path}`));
  return parts.join(' ');
}
