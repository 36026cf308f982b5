import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, show } from '@/app/test-app';
import type { Integration } from '@/client';

const PATIENCE = { timeout: 20_000 };
const integration = (id: string, more: Partial<Integration>): Integration => ({
  id,
  kind: 'webhook',
  name: 'tickets',
  origin: 'https://hooks.example.com',
  min_severity: 'low',
  events: [],
  asset_ids: [],
  enabled: true,
  disabled_reason: '',
  failures: 0,
  last_sent_at: null,
  last_failed_at: null,
  old_secret_until: null,
  tracker: null,
  failing: '',
  created_at: '2026-11-21T06:00:00Z',
  ...more,
});

it('shows what is told by which way, and follows what is saved', async () => {
  let settings = { email_enabled: true, min_severity: 'high', recipients: [] };
  show(`/o/${ORG}/settings/notifications`, {
    'GET /me': me(['organization:read', 'notifications:manage']),
    'GET /notifications/settings': () => settings,
    'GET /notifications/deliveries': { items: [], next_cursor: null },
    'GET /integrations': {
      items: [
        integration('int_1', { name: 'tickets', events: ['NEW', 'REOPENED'] }),
        integration('int_2', { name: 'tickets', enabled: false }),
      ],
      next_cursor: null,
    },
    'PUT /notifications/settings': async (request: Request) => {
      settings = await request.json();
      return settings;
    },
  });
  const row = (name: RegExp) => screen.getByRole('row', { name });
  await screen.findByRole('table', { name: 'What is told by which way' }, PATIENCE);
  expect(row(/^Reopened/)).toHaveTextContent('✓ from high');
  await screen.findByRole('columnheader', { name: 'tickets (2)' });
  const cells = (name: RegExp) =>
    within(row(name))
      .getAllByRole('cell')
      .map((cell) => cell.textContent);
  expect(cells(/^New/)).toEqual([
    '✓ from high',
    '–not told this way',
    '✓ always',
    '✓ from low',
    'off',
  ]);
  expect(cells(/^Fixed/)[3]).toBe('–not told this way');
  expect(row(/^A sign-in from somewhere new/)).toHaveTextContent('✓ always');
  await userEvent.click(screen.getByLabelText('Send mail when something changes'));
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(row(/^Reopened/)).toHaveTextContent('off'));
  expect(row(/^A sign-in from somewhere new/)).toHaveTextContent('✓ always');
});
