import { expect, it } from 'vitest';
import { recordNames } from './record-names';

const RECORD = '_watchtower-challenge';

it('says what stands before each zone that may be edited', () => {
  expect(recordNames(`${RECORD}.shop.example.com`, 'shop.example.com')).toEqual([
    { zone: 'shop.example.com', name: RECORD },
    { zone: 'example.com', name: `${RECORD}.shop` },
  ]);
  expect(recordNames(`${RECORD}.example.com`, 'example.com')).toEqual([
    { zone: 'example.com', name: RECORD },
  ]);
});

it('says nothing of a name it does not know', () => {
  expect(recordNames('', 'example.com')).toEqual([]);
  expect(recordNames(`${RECORD}.example.com`, 'other.example')).toEqual([]);
});
