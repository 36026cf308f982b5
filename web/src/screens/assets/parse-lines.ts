/** What somebody pasted, a value each; the API judges them, not this. */

/** Values in the order given, without blanks, comments and repetition. */
export function parseLines(text: string): string[] {
  const values = text
    .split(/[\n,;]/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  return [...new Set(values)];
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
