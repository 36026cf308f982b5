import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const at = `/o/${ORG}/settings/integrations`;
const settings = { email_enabled: true, min_severity: 'high', recipients: ['a@example.com'] };
const delivery = (state: string) => ({
  id: `dlv_${state}`,
  run_id: 'run_1',
  channel: 'email',
  recipient: 'a@example.com',
  state,
  subject: 'Watchtower: 1 new',
  attempts: 1,
  created_at: '2026-11-21T06:00:00Z',
  last_error: state === 'failed' ? 'the mail server refused it' : undefined,
});
const answers = {
  'GET /me': me(['organization:read', 'keys:manage']),
  'GET /integrations': page(),
  'GET /notifications/settings': settings,
  'GET /notifications/deliveries': page(delivery('failed'), delivery('sent')),
  'GET /api-keys': page({
    id: 'key_1',
    created_at: '2026-01-01T00:00:00Z',
    last_used_at: null,
    expires_at: null,
    revoked_at: null,
  }),
};

it('says how each way stands, and asks nothing that would be refused', async () => {
  const { asked } = show(at, answers);
  await screen.findByText('1 of 2 failed', {}, PATIENCE);
  expect(screen.getByText(/the mail server refused it/)).toBeInTheDocument();
  expect(await screen.findByText(/1 key was not used for 90 days/)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Let a program in' })).toHaveAttribute('href', '/device');
  expect(screen.queryByRole('region', { name: 'Single sign-on' })).toBeNull();
  expect(asked.some(({ url }) => url.includes('/sso/'))).toBe(false);
});

it('says of one way that it could not be read, and goes on with the others', async () => {
  show(at, { ...answers, 'GET /api-keys': refusal(500, 'service.failed', 'it is away') });
  expect(await screen.findByText('it is away', {}, PATIENCE)).toBeInTheDocument();
  expect(screen.getByText('1 of 2 failed')).toBeInTheDocument();
});
