import { expect, it } from 'vitest';
import { parseLines, parseTags } from './parse-lines';

it('takes a pasted list as it comes', () => {
  expect(
    parseLines('example.com\r\n  203.0.113.7 # web\n\n# note\nexample.com; 198.51.100.0/28'),
  ).toEqual(['example.com', '203.0.113.7', '198.51.100.0/28']);
});

it('keeps tags with blanks in them', () => {
  expect(parseTags(' prod, eu west ,,prod')).toEqual(['prod', 'eu west']);
});
