import { expect, it } from 'vitest';
import { firstColumn, parseLines, parseTags } from './parse-lines';

it('takes a pasted list as it comes', () => {
  expect(
    parseLines('example.com\r\n  203.0.113.7 # web\n\n# note\nexample.com; 198.51.100.0/28'),
  ).toEqual(['example.com', '203.0.113.7', '198.51.100.0/28']);
});

it('keeps tags with blanks in them', () => {
  expect(parseTags(' prod, eu west ,,prod')).toEqual(['prod', 'eu west']);
});

it('takes the first column of a file, whatever separates it, without its heading', () => {
  const csv = '\ufeffDomain,Owner\r\nexample.com,"Ann, Bob"\r\n"example.org";x\r\n\r\n';
  expect(firstColumn(csv)).toEqual(['example.com', 'example.org']);
  expect(firstColumn('203.0.113.7\n198.51.100.0/28')).toEqual(['203.0.113.7', '198.51.100.0/28']);
});
