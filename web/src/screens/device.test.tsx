import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const PROGRAM = {
  client_name: 'watchtower on laptop',
  ip: '198.51.100.7',
  created_at: '2026-11-21T06:00:00Z',
  expires_at: '2026-11-21T06:15:00Z',
};

it('shows what waits before it is let in', async () => {
  const { asked } = show('/device', {
    'GET /me': me(),
    'GET /auth/device': PROGRAM,
    'POST /auth/device/approve': () => new Response(null, { status: 204 }),
  });
  await userEvent.type(
    await screen.findByLabelText('Code the program shows', {}, PATIENCE),
    'BCDF-GHJK',
  );
  await userEvent.click(screen.getByRole('button', { name: 'Show the program' }));
  await screen.findByText('watchtower on laptop', {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Let it in' }));
  await screen.findByText('It is let in', {}, PATIENCE);
  const approval = asked.find((each) => each.url.endsWith('/approve'));
  expect(await approval?.json()).toEqual({ user_code: 'BCDF-GHJK' });
});

it('says when no program waits with the code', async () => {
  show('/device?user_code=XXXX', {
    'GET /me': me(),
    'GET /auth/device': refusal(404, 'device.not_found', 'no program waits with this code'),
  });
  await screen.findByText(/no program waits/i, {}, PATIENCE);
  expect(screen.queryByRole('button', { name: 'Let it in' })).toBeNull();
});
