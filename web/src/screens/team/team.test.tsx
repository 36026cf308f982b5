import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const bob = {
  user: { id: 'usr_2', email: 'bob@example.com', display_name: 'Bob' },
  role: 'viewer',
  role_ids: [],
  state: 'active',
  joined_at: AT,
  version: 4,
};
const roles = {
  items: [
    { name: 'owner', permissions: ['assets:read', 'members:manage'], built_in: true, version: 0 },
    { name: 'viewer', permissions: ['assets:read'], built_in: true, version: 0 },
  ],
  next_cursor: null,
};
const people = { items: [bob], next_cursor: null };

it('shows who may not manage people no control that would be refused', async () => {
  show(`/o/${ORG}/team`, {
    'GET /me': me(['assets:read', 'organization:read']),
    'GET /users': people,
    'GET /roles': roles,
  });
  await screen.findByText('bob@example.com', {}, PATIENCE);
  expect(screen.queryByRole('button', { name: 'Remove' })).toBeNull();
  expect(screen.queryByRole('combobox')).toBeNull();
  expect(screen.queryByRole('link', { name: 'Invitations' })).toBeNull();
});

it('asks before it deactivates somebody, and names the version that was read', async () => {
  const { asked } = show(`/o/${ORG}/team`, {
    'GET /me': me(['assets:read', 'members:manage']),
    'GET /users': people,
    'GET /roles': roles,
    'PATCH /users/usr_2': { ...bob, state: 'deactivated', version: 5 },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Deactivate' }, PATIENCE));
  const dialog = await screen.findByRole('dialog');
  expect(asked.some(({ method }) => method === 'PATCH')).toBe(false);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Deactivate' }));
  await waitFor(() => expect(asked.some(({ method }) => method === 'PATCH')).toBe(true));
  const patch = asked.find(({ method }) => method === 'PATCH');
  expect(patch?.headers.get('if-match')).toBe('"4"');
  expect(await patch?.json()).toEqual({ state: 'deactivated' });
});

it('says why somebody may do something', async () => {
  show(`/o/${ORG}/team?tab=why`, {
    'GET /me': me(['assets:read', 'members:manage']),
    'GET /users': people,
    'GET /assets': { items: [], next_cursor: null },
    'GET /access/explain': {
      allowed: true,
      reason: 'the role viewer gives it',
      steps: [
        { kind: 'role', tenant_key: ORG, organization: 'Acme', name: 'viewer', grants: true },
      ],
    },
  });
  await screen.findByText('the role viewer gives it', {}, PATIENCE);
  expect(screen.getByRole('table', { name: 'What they hold' })).toBeTruthy();
});
