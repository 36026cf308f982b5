import { expect, it } from 'vitest';
import { exposure } from '@/app/test-app';
import { csv, json, sarif } from './export-rows';

const items = [
  exposure({ key: 'exp1_1', title: '=HYPERLINK("https://evil.example")', severity: 'critical' }),
  exposure({ key: 'exp1_2', title: 'a "b", c\nd', host: '::1', severity: 'low' }),
];

it('gives spreadsheets text and no formula', () => {
  const [head, first] = csv(items).split('\r\n');
  expect(head).toMatch(/^key,severity,state/);
  expect(first).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  expect(csv(items)).toContain('"a ""b"", c\nd"');
});

it('gives scanners a level, a place and a fingerprint', () => {
  const { runs } = JSON.parse(sarif(items));
  expect(runs[0].results).toMatchObject([
    { level: 'error', partialFingerprints: { 'watchtower/exposure': 'exp1_1' } },
    { level: 'note', locations: [{ logicalLocations: [{ fullyQualifiedName: '[::1]:443' }] }] },
  ]);
  expect(runs[0].tool.driver.rules).toHaveLength(1);
});

it('gives programs everything', () => {
  expect(JSON.parse(json(items))).toEqual(items);
});
