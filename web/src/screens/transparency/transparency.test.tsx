import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const at = `/o/${ORG}/settings/transparency`;
const off = { enabled: false, name: null, label: '', url: null, since: null };
const on = {
  enabled: true,
  name: 'acme',
  label: 'Acme',
  url: 'https://watchtower.example/transparency/acme',
  since: '2026-11-22T08:00:00Z',
};

it('is off until somebody turns it on, and sends no name that was not chosen', async () => {
  const { asked } = show(at, {
    'GET /me': me(['organization:read', 'organization:write']),
    'GET /ledger/transparency': off,
    'PUT /ledger/transparency': on,
  });
  await screen.findByText(/^Off: nobody/, {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Turn on' }));
  const link = await screen.findByRole('link', { name: '/transparency/acme' }, PATIENCE);
  expect(link).toHaveAttribute('href', '/transparency/acme');
  const put = asked.find(({ method }) => method === 'PUT');
  expect(await put?.json()).toEqual({ label: '' });
});

it('turns it off, and shows who may not change it only where it is', async () => {
  const { asked } = show(at, {
    'GET /me': me(['organization:read', 'organization:write']),
    'GET /ledger/transparency': on,
    'DELETE /ledger/transparency': {},
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Turn off' }, PATIENCE));
  await screen.findAllByText(/^Off\. What others/, {}, PATIENCE);
  expect(asked.some(({ method }) => method === 'DELETE')).toBe(true);
});

it('shows heads to somebody who is not signed in, with a proof between each two', async () => {
  const head = (tree_size: number) => ({
    at: '2026-11-22T08:00:00.5Z',
    key_id: 'k'.repeat(64),
    root_hash: `${tree_size}`.padStart(64, '0'),
    signature: `sig${tree_size}`,
    tenant_key: ORG,
    tree_size,
  });
  show('/transparency/acme', {
    'GET /me': refusal(401, 'auth.unauthenticated', 'nobody is signed in'),
    'GET /transparency/acme': { name: 'acme', label: 'Acme', tenant_key: ORG, head: head(9) },
    'GET /transparency/acme/heads': { items: [head(9), head(4)], next_cursor: null },
  });
  const proof = await screen.findByRole('link', { name: 'from 4' }, PATIENCE);
  expect(proof).toHaveAttribute('href', '/api/v1/transparency/acme/consistency?from=4&to=9');
  expect(screen.getByText('Acme')).toBeInTheDocument();
  expect(screen.getByText(/ledger watch acme --keep/)).toBeInTheDocument();
});

it('says the same of a page that was turned off as of one that never was', async () => {
  show('/transparency/gone', {
    'GET /me': refusal(401, 'auth.unauthenticated', 'nobody is signed in'),
    'GET /transparency/gone': refusal(404, 'transparency.not_found', 'nobody shows a ledger'),
  });
  await screen.findByText('nobody shows a ledger', {}, PATIENCE);
});
