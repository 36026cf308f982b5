import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const at = `/o/${ORG}/settings/api-keys`;
const PATIENCE = { timeout: 20_000 };
const key = {
  id: 'key_1',
  name: 'nightly import',
  prefix: 'wt_abcd',
  scopes: ['assets:read'],
  created_by: 'usr_1',
  created_at: '2026-11-21T06:00:00Z',
  expires_at: null,
  last_used_at: null,
  rotated_at: null,
  old_until: null,
  revoked_at: null,
};

it('offers nothing that would be refused', async () => {
  show(at, { 'GET /me': me(['assets:read']) });
  await screen.findByText('Keys are managed by others', {}, PATIENCE);
  expect(screen.queryByRole('button', { name: 'Make a key' })).toBeNull();
});

it('makes a key of the chosen scopes and shows its secret once', async () => {
  const { asked } = show(at, {
    'GET /me': me(['assets:read', 'keys:manage']),
    'GET /api-keys': { items: [key], next_cursor: null },
    'POST /api-keys': { api_key: key, secret: 'wt_abcd_secret' },
  });
  await screen.findByText('nightly import', {}, PATIENCE);
  expect(screen.queryByRole('checkbox', { name: 'keys:manage' })).toBeNull();
  await userEvent.type(screen.getByLabelText('What it is for'), 'nightly import');
  await userEvent.click(screen.getByRole('checkbox', { name: 'assets:read' }));
  await userEvent.click(screen.getByRole('button', { name: 'Make a key' }));
  await screen.findByText('wt_abcd_secret', {}, PATIENCE);
  const post = asked.find(({ method }) => method === 'POST');
  expect(await post?.json()).toEqual({ name: 'nightly import', scopes: ['assets:read'] });
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByText('wt_abcd_secret')).toBeNull());
});

it('says why a key could not be revoked', async () => {
  show(at, {
    'GET /me': me(['keys:manage']),
    'GET /api-keys': { items: [key], next_cursor: null },
    'DELETE /api-keys/key_1': refusal(403, 'auth.forbidden', 'this needs keys:manage'),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Revoke' }, PATIENCE));
  await screen.findByText('this needs keys:manage', {}, PATIENCE);
});
