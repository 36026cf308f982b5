import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

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

describe('one role for several', () => {
  const named = (nth: number, name: string, role: string) => ({
    ...bob,
    user: { id: `usr_${nth}`, email: `${name}@example.com`, display_name: name },
    role,
    version: nth,
  });
  const several = {
    items: [
      named(1, 'Ann', 'owner'),
      named(2, '<img src=x onerror="hurt()">\u202e', 'viewer'),
      named(3, 'Cid', 'viewer'),
      named(4, 'Dee', 'auditor'),
    ],
    next_cursor: null,
  };
  const answers = {
    'GET /me': me(['assets:read', 'members:manage', 'organization:read']),
    'GET /users': several,
    'GET /roles': {
      items: [
        ...roles.items,
        { name: 'auditor', permissions: ['assets:read'], built_in: true, version: 0 },
      ],
      next_cursor: null,
    },
  };

  it('is asked for each by itself, and says of each that kept theirs why', async () => {
    const { asked } = show(`/o/${ORG}/team`, {
      ...answers,
      'PATCH /users/usr_2': () => refusal(409, 'member.last_owner', 'somebody has to stay'),
      'PATCH /users/usr_3': { ...several.items[2], role: 'auditor', version: 9 },
    });
    await screen.findByRole('checkbox', { name: /^Select <img/ }, PATIENCE);
    // Oneself is not among them.
    expect(screen.getAllByRole('checkbox')).toHaveLength(3);
    for (const box of screen.getAllByRole('checkbox')) await userEvent.click(box);
    await userEvent.selectOptions(screen.getByLabelText('Role'), 'auditor');
    await userEvent.click(screen.getByRole('button', { name: 'Change role…' }));
    // Who has it already is left alone.
    const dialog = await screen.findByRole('dialog', { name: 'Make 2 members auditor' });
    expect(dialog).toHaveTextContent('<img src=x onerror="hurt()">⟨U+202E⟩: viewer → auditor');
    expect(dialog.querySelector('img')).toBeNull();
    expect(asked.some(({ method }) => method === 'PATCH')).toBe(false);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Change' }));
    const alert = await within(dialog).findByRole('alert', {}, PATIENCE);
    expect(alert).toHaveTextContent('1 member kept the role they had:');
    expect(alert).toHaveTextContent('somebody has to stay (req_7)');
    const patches = asked.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers }) => headers.get('if-match'))).toEqual(['"2"', '"3"']);
    expect(await patches[1]?.json()).toEqual({ role: 'auditor' });
  });

  it('is done at once where nobody refuses, and the selection is over', async () => {
    show(`/o/${ORG}/team`, {
      ...answers,
      'PATCH /users/usr_4': { ...several.items[3], role: 'viewer' },
    });
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Select Dee' }, PATIENCE));
    expect(screen.getByRole('button', { name: 'Change role…' })).toBeDisabled();
    await userEvent.selectOptions(screen.getByLabelText('Role'), 'viewer');
    await userEvent.click(screen.getByRole('button', { name: 'Change role…' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Change' }));
    await screen.findByText('1 member became viewer.', {}, PATIENCE);
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Selected' })).toBeNull());
  });

  it('is not offered to who may not manage people', async () => {
    show(`/o/${ORG}/team`, { ...answers, 'GET /me': me(['organization:read']) });
    await screen.findByText('Cid@example.com', {}, PATIENCE);
    expect(screen.queryByRole('checkbox')).toBeNull();
  });
});
