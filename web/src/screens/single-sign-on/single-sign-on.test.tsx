import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';
import type { SsoConnection } from '@/client';
import { leaveTo } from './leave-to';
import { readRoles, roleLines } from './role-lines';

vi.mock('./leave-to', () => ({ leaveTo: vi.fn() }));

const at = `/o/${ORG}/settings/single-sign-on`;
const PATIENCE = { timeout: 20_000 };
const owner = me(['sso:manage']);

function connection(verified?: string): SsoConnection {
  return {
    id: 'sso_1',
    name: 'Okta',
    issuer: 'https://idp.example.com',
    client_id: 'watchtower',
    has_client_secret: true,
    domains: [
      {
        domain: 'corp.example',
        record_name: '_watchtower-sso.corp.example',
        record_value: 'watchtower-sso=t0k',
        ...(verified && { verified_at: verified }),
      },
    ],
    role_claim: 'groups',
    role_map: { sec: 'admin' },
    default_role: 'viewer',
    enforced: false,
    just_in_time: true,
    enabled: true,
    created_at: '2026-11-21T06:00:00Z',
  };
}

it('offers nothing that would be refused', async () => {
  show(at, { 'GET /me': me(['members:manage']) });
  await screen.findByText('Single sign-on is managed by owners', {}, PATIENCE);
  expect(screen.queryByRole('button', { name: 'Add a connection' })).toBeNull();
});

it('makes a first connection from what was typed', async () => {
  const { asked } = show(at, {
    'GET /me': owner,
    'GET /sso/connections': { items: [], next_cursor: null },
    'POST /sso/connections': connection(),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Add a connection' }, PATIENCE));
  await userEvent.type(screen.getByLabelText('Name'), 'Okta');
  await userEvent.type(screen.getByLabelText('Issuer'), 'https://idp.example.com');
  await userEvent.type(screen.getByLabelText('Client id'), 'watchtower');
  await userEvent.type(screen.getByLabelText('Client secret'), 's3cret');
  await userEvent.type(screen.getByLabelText('E-mail domains'), 'corp.example');
  const roles = screen.getByLabelText('Roles by group');
  await userEvent.type(roles, 'sec = owner');
  await userEvent.click(screen.getByRole('button', { name: 'Add the connection' }));
  await screen.findByText(/“sec = owner” is not/, {}, PATIENCE);
  await userEvent.clear(roles);
  await userEvent.type(roles, 'sec = admin');
  await userEvent.click(screen.getByRole('button', { name: 'Add the connection' }));
  await waitFor(() => expect(asked.some(({ method }) => method === 'POST')).toBe(true));
  const post = asked.find(({ method }) => method === 'POST');
  expect(await post?.json()).toMatchObject({
    name: 'Okta',
    issuer: 'https://idp.example.com',
    client_secret: 's3cret',
    domains: ['corp.example'],
    role_map: { sec: 'admin' },
    default_role: '',
    enforced: false,
  });
});

it('shows the record to publish, checks it, and enforces only then', async () => {
  let proven: string | undefined;
  const { asked } = show(at, {
    'GET /me': owner,
    'GET /sso/connections': () => ({ items: [connection(proven)], next_cursor: null }),
    'POST /sso/connections/sso_1/check': () => {
      proven = '2026-11-21T07:00:00Z';
      return connection(proven);
    },
    'PUT /sso/connections/sso_1': () => ({ ...connection(proven), enforced: true }),
  });
  await screen.findByText('watchtower-sso=t0k', {}, PATIENCE);
  const enforce = () => screen.getByRole<HTMLInputElement>('checkbox', { name: /^Enforce/ });
  expect(enforce().disabled).toBe(true);
  await userEvent.click(screen.getByRole('button', { name: 'Check now' }));
  await screen.findByRole('button', { name: 'Check again' }, PATIENCE);
  await userEvent.click(enforce());
  await waitFor(() => expect(asked.some(({ method }) => method === 'PUT')).toBe(true));
  const put = await asked.find(({ method }) => method === 'PUT')?.json();
  expect(put).toMatchObject({
    enforced: true,
    domains: ['corp.example'],
    issuer: connection().issuer,
  });
  expect(put).not.toHaveProperty('client_secret');
});

it('removes a connection after asking, and says why it could not', async () => {
  show(at, {
    'GET /me': owner,
    'GET /sso/connections': { items: [connection()], next_cursor: null },
    'DELETE /sso/connections/sso_1': refusal(404, 'sso.not_found', 'it is gone'),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Remove' }, PATIENCE));
  await userEvent.click(await screen.findByRole('button', { name: 'Remove the connection' }));
  await screen.findByText('it is gone', {}, PATIENCE);
});

it('says that the connections could not be read', async () => {
  show(at, { 'GET /me': owner, 'GET /sso/connections': refusal(409, 'x.y', 'not today') });
  await screen.findByText('not today', {}, PATIENCE);
});

it('goes to the provider of an address, or says that there is none', async () => {
  let known = false;
  const { asked } = show('/login?return_to=/me', {
    'POST /auth/sso/start': () =>
      known
        ? { authorization_url: 'https://idp.example.com/authorize' }
        : refusal(404, 'sso.not_found', 'there is no single sign-on for this'),
  });
  const button = { name: 'Continue with single sign-on' };
  await userEvent.click(await screen.findByRole('button', button, PATIENCE));
  await userEvent.type(screen.getByLabelText('E-mail at your organization'), 'bob@corp.example');
  await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
  await screen.findByText('there is no single sign-on for this', {}, PATIENCE);
  known = true;
  await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
  await waitFor(() => expect(leaveTo).toHaveBeenCalledWith('https://idp.example.com/authorize'));
  expect(await asked[0]?.json()).toEqual({ email: 'bob@corp.example', return_to: '/me' });
});

it('says why the provider’s answer was not taken', async () => {
  show('/login?sso_error=sso.no_role', {});
  await screen.findByText('Your provider gives you no role here.', {}, PATIENCE);
});

it('reads roles by group and writes them back', () => {
  expect(readRoles('a=b = admin\n\nstaff = viewer')).toEqual({
    map: { 'a=b': 'admin', staff: 'viewer' },
  });
  expect(readRoles('staff').wrong).toBe('staff');
  expect(readRoles('= admin').wrong).toBe('= admin');
  expect(roleLines({ sec: 'admin', staff: 'viewer' })).toBe('sec = admin\nstaff = viewer');
});
