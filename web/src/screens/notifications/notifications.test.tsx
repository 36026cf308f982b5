import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 10_000 };

it('shows what is told by which way, and follows what is saved', async () => {
  let settings = { email_enabled: true, min_severity: 'high', recipients: [] };
  show(`/o/${ORG}/settings/notifications`, {
    'GET /me': me(['organization:read', 'notifications:manage']),
    'GET /notifications/settings': () => settings,
    'GET /notifications/deliveries': { items: [], next_cursor: null },
    'PUT /notifications/settings': async (request: Request) => {
      settings = await request.json();
      return settings;
    },
  });
  const row = (name: RegExp) => screen.getByRole('row', { name });
  await screen.findByRole('table', { name: 'What is told by which way' }, PATIENCE);
  expect(row(/^Reopened/)).toHaveTextContent('✓ from high');
  expect(row(/^A sign-in from somewhere new/)).toHaveTextContent('✓ always');
  await userEvent.click(screen.getByLabelText('Send mail when something changes'));
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(row(/^Reopened/)).toHaveTextContent('off'));
  expect(row(/^A sign-in from somewhere new/)).toHaveTextContent('✓ always');
});
