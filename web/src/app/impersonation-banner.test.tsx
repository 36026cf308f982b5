import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, show } from './test-app';

const PATIENCE = { timeout: 20_000 };
const look = {
  id: 'imp_1',
  actor_id: 'usr_9',
  by: 'Sam of Staff',
  reason: 'ticket 4711: an empty list',
  started_at: new Date().toISOString(),
  expires_at: new Date(Date.now() + 20 * 60_000).toISOString(),
  elevated: false,
};

it('says who looks, as whom, why and for how long, on every screen', async () => {
  show(`/o/${ORG}/settings/api-keys`, {
    'GET /me': { ...me(['assets:read']), impersonation: look },
  });
  const banner = await screen.findByRole('region', { name: 'Impersonation' }, PATIENCE);
  for (const said of ['Sam of Staff', 'ann@example.com', look.reason, 'reading only', '20 minutes'])
    expect(banner.textContent).toContain(said);
});

it('ends it and is the staff again', async () => {
  let ended = false;
  const staff = { ...me(['platform:operate']), user: { ...me().user, email: 'sam@example.com' } };
  show(`/o/${ORG}/settings/api-keys`, {
    'GET /me': () => (ended ? staff : { ...me(['assets:read']), impersonation: look }),
    'DELETE /admin/impersonations/imp_1': () => {
      ended = true;
      return new Response(null, { status: 204 });
    },
    'GET /admin/impersonations': { items: [], next_cursor: null },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'End now' }, PATIENCE));
  await screen.findByText('None so far', {}, PATIENCE);
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Impersonation' })).toBeNull());
});

it('shows nobody a banner who is themselves', async () => {
  show(`/o/${ORG}/settings/api-keys`, { 'GET /me': me(['assets:read']) });
  await screen.findByText('Keys are managed by others', {}, PATIENCE);
  expect(screen.queryByRole('region', { name: 'Impersonation' })).toBeNull();
});
