import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { me, ORG, show } from './test-app';

it.each([
  ['scans/new', 'New scan'],
  ['assets/ast_1/verify', 'Verify an asset'],
])('says at %s, opened by its address, that it is not for this role', async (path, title) => {
  const { asked } = show(`/o/${ORG}/${path}`, { 'GET /me': me(['assets:read']) });
  await screen.findByText('Not for the role of owner', {}, { timeout: 20_000 });
  screen.getByRole('heading', { name: title, level: 1 });
  expect(asked.map(({ url }) => url).filter((url) => !url.endsWith('/me'))).toEqual([]);
});
