import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { me, ORG, show } from '@/app/test-app';

const at = `/o/${ORG}/audit`;
const PATIENCE = { timeout: 20_000 };
const entry = {
  index: 1,
  at: '2026-01-01T00:00:00Z',
  actor: 'usr_1',
  acting_as: 'usr_2',
  action: 'asset.register',
  target: 'ast_1',
  ip: '192.0.2.1',
  before: null,
  after: { value: 'a.example' },
};
const answers = {
  'GET /me': me(['audit:read']),
  'GET /audit': { items: [entry], next_cursor: null },
};

it('shows who did what as whom, and exports what is shown and the whole with its proof', async () => {
  const { asked } = show(`${at}?q=asset`, answers);
  await screen.findByText('asset.register', {}, PATIENCE);
  expect(screen.getByText('as usr_2')).toBeVisible();
  expect(asked.some(({ url }) => /\/audit\?.*q=asset/.test(url))).toBe(true);
  expect(screen.getByRole('link', { name: 'Export CSV' })).toHaveAttribute(
    'href',
    '/api/v1/audit/export?q=asset&format=csv',
  );
  // A chain with gaps proves nothing: the proof is of everything, whatever is shown.
  expect(screen.getByRole('link', { name: 'Export with proof' })).toHaveAttribute(
    'href',
    '/api/v1/audit/export',
  );
});
