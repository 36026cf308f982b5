import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 10_000 };
const at = `/o/${ORG}/settings/pools`;
const pool = (more: object = {}) => ({
  id: 'pol_1',
  name: 'Office',
  is_default: false,
  tenant_key: ORG,
  workers: 0,
  waiting_jobs: 2,
  created_at: '2026-11-21T06:00:00Z',
  version: 3,
  ...more,
});
const answers = {
  'GET /me': me(['runs:read', 'organization:write']),
  'GET /pools': { items: [pool()], used: 1, included: 2 },
};

it('says what is used of the plan and which pools have no scanner', async () => {
  show(at, answers);
  await screen.findByText('1 of 2 pools made', {}, PATIENCE);
  screen.getByText('no scanner');
  screen.getByText(/No scanner was ever heard of\. 2 jobs wait\./);
  expect(screen.getByRole('button', { name: 'New pool…' })).toBeEnabled();
});

it('makes a pool, changes the default by the version that was read, and says why one stays', async () => {
  const { asked } = show(at, {
    ...answers,
    'POST /pools': pool({ id: 'pol_2', name: 'Lab' }),
    'PUT /pools/pol_1': pool({ is_default: true, version: 4 }),
    'DELETE /pools/pol_1': refusal(409, 'pool.in_use', 'runs use the pool: run_7'),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'New pool…' }, PATIENCE));
  await userEvent.type(screen.getByLabelText('Name'), 'Lab');
  await userEvent.click(screen.getByLabelText('Scans that name no pool go here'));
  await userEvent.click(screen.getByRole('button', { name: 'Make the pool' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const sent = (method: string) => asked.find((request) => request.method === method);
  expect(await sent('POST')?.json()).toEqual({ name: 'Lab', is_default: true });
  await userEvent.click(screen.getByRole('button', { name: 'Make it the default' }));
  await waitFor(() => expect(sent('PUT')?.headers.get('if-match')).toBe('"3"'));
  expect(await sent('PUT')?.json()).toEqual({ name: 'Office', is_default: true });
  await userEvent.click(screen.getByRole('button', { name: 'Remove' }));
  await screen.findByText('runs use the pool: run_7', {}, PATIENCE);
});

it('lets nobody change what is above them, what they may only read, or what the plan has no more of', async () => {
  const above = pool({
    tenant_key: 'org_above',
    workers: 1,
    last_heard_at: '2026-11-21T06:00:00Z',
  });
  show(at, { ...answers, 'GET /pools': { items: [above], used: 2, included: 2 } });
  await screen.findByText('Of an organization above this one.', {}, PATIENCE);
  screen.getByText('1 scanner');
  expect(screen.queryByRole('button', { name: 'Remove' })).toBeNull();
  expect(screen.getByRole('button', { name: 'New pool…' })).toBeDisabled();
});

it('has something to say where there is nothing', async () => {
  show(at, {
    'GET /me': me(['runs:read']),
    'GET /pools': { items: [], used: 0 },
  });
  await screen.findByText('No private pools yet', {}, PATIENCE);
  screen.getByText('0 pools made; the plan sets no limit');
  expect(screen.queryByRole('button', { name: 'New pool…' })).toBeNull();
});
