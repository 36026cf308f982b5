import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { dashboard, event, me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const answers = {
  'GET /me': me(['exposures:read', 'runs:read', 'audit:read']),
  'GET /dashboard': dashboard(),
};

beforeEach(() => localStorage.clear());

it('draws a line where one last looked', async () => {
  const old = event(1, { at: '2026-11-20T06:00:00Z' });
  const first = show(`/o/${ORG}/changes`, { ...answers, 'GET /changes': page(old) });
  await screen.findByText('Exposure 1', {}, PATIENCE);
  expect(screen.queryByText('You last looked here')).toBeNull();
  await first.router.navigate({ to: '/me' });
  cleanup();
  show(`/o/${ORG}/changes`, { ...answers, 'GET /changes': page(event(2), old) });
  const line = await screen.findByText('You last looked here', {}, PATIENCE);
  const rows = screen.getAllByText(/^Exposure \d/);
  const follows = (a: Node, b: Node) => a.compareDocumentPosition(b) & 4;
  expect(rows.map((row) => row.textContent)).toEqual(['Exposure 2', 'Exposure 1']);
  expect(follows(rows[0] as Node, line) && follows(line, rows[1] as Node)).toBeTruthy();
});

it('narrows the audit log to whoever is clicked, in the address and in what is exported', async () => {
  const entry = {
    index: 1,
    id: 'evt_1',
    at: '2026-11-21T06:00:00Z',
    actor: 'usr_7',
    actor_kind: 'user',
    action: 'asset.archive',
    target: 'ast_1',
    service: 'tenant',
    hash: '',
  };
  const { router, asked } = show(`/o/${ORG}/audit`, { ...answers, 'GET /audit': page(entry) });
  await userEvent.click(await screen.findByRole('button', { name: 'usr_7' }, PATIENCE));
  await waitFor(() => expect(router.state.location.search).toEqual({ actor: 'usr_7' }));
  await waitFor(() => expect(asked.some(({ url }) => url.includes('actor=usr_7'))).toBe(true));
  expect(screen.getByRole('link', { name: 'Export CSV' })).toHaveAttribute(
    'href',
    '/api/v1/audit/export?actor=usr_7&format=csv',
  );
  await userEvent.click(screen.getByRole('button', { name: 'Remove filter: actor' }));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
});
