/** What somebody pasted, a value each; the API judges them, not this. */

/** Values in the order given, without blanks, comments and repetition. */
export function parseLines(text: string): string[] {
  const values = text
    .split(/[\n,;]/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  return [...new Set(values)];
}

/** What such a column is called in files; its name is no asset. */
const HEADINGS = new Set([
  'asset',
  'assets',
  'domain',
  'host',
  'hostname',
  'ip',
  'address',
  'value',
]);

/** The first column of a CSV (or the lines of a text), without its heading. */
export function firstColumn(text: string): string[] {
  const cells = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => (/^\s*"((?:[^"]|"")*)"/.exec(line)?.[1] ?? line.split(/[,;\t]/)[0] ?? '').trim())
    .filter((cell) => cell !== '');
  return HEADINGS.has(cells[0]?.toLowerCase() ?? '') ? cells.slice(1) : cells;
}

/** Tags separated by commas. */
export function parseTags(text: string): string[] {
  return [
    ...new Set(
      text
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
    ),
  ];
}
