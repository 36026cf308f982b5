import { expect, it } from 'vitest';
import { detailOf, sentence, standing } from './words';

it.each([
  ['asset:ast_1', 'asset', { screen: 'asset', id: 'ast_1' }],
  ['exposure:exp1_a', 'exposure', { screen: 'exposure', key: 'exp1_a' }],
  ['finding:tls.weak_key', 'finding', { screen: 'exposures', filter: 'check:tls.weak_key' }],
  ['name:shop.example.com', 'name', { screen: 'exposures', filter: 'asset:shop.example.com' }],
  ['address:2001:db8::1', 'address', { screen: 'exposures', filter: 'asset:2001:db8::1' }],
  [
    'service:shop.example.com:443/tcp',
    'service',
    { screen: 'exposures', filter: 'asset:shop.example.com port:443' },
  ],
  [
    'service:2001:db8::1:8443/tcp',
    'service',
    { screen: 'exposures', filter: 'asset:2001:db8::1 port:8443' },
  ],
  ['name:a "b" c', 'name', { screen: 'exposures', filter: 'asset:"a b c"' }],
] as const)('leads from %s to its screen', (id, kind, detail) => {
  expect(detailOf({ id, kind })).toEqual(detail);
});

it('says how a node stands', () => {
  const node = { id: 'asset:ast_1', kind: 'asset', label: 'example.com', open: 0 } as const;
  expect(standing(node)).toBe('Nothing open');
  expect(standing({ ...node, open: 1200 })).toBe('1,200 open');
  expect(standing({ ...node, open: 1, severity: 'high', state: 'unresponsive' })).toBe(
    'High, unresponsive',
  );
  expect(sentence(node, 1)).toBe('Asset example.com, Nothing open, 1 connection');
});
