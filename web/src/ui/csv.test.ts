import { expect, it } from 'vitest';
import { csv } from './csv';

it('gives spreadsheets text and no formula', () => {
  const text = csv(
    ['a', 'b'],
    [
      ['=HYPERLINK("https://evil.example")', 'x "y", c\nd'],
      [undefined, 7],
    ],
  );
  expect(text).toBe(
    `"a","b"\r\n"'=HYPERLINK(""https://evil.example"")","x ""y"", c\nd"\r\n"","7"\r\n`,
  );
});
