import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import { refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const done = () => new Response(null, { status: 204 });
afterEach(() => window.history.replaceState(null, '', '/'));

it('answers alike whether or not there is an account', async () => {
  show('/forgot-password', {
    'POST /auth/password/forgot': () => new Response(null, { status: 202 }),
  });
  await userEvent.type(await screen.findByLabelText('E-mail', {}, PATIENCE), 'ann@example.com');
  await userEvent.click(screen.getByRole('button', { name: 'Send me a link' }));
  await screen.findByText(/If there is an account/, {}, PATIENCE);
});

it('sends the token of the link with the new password and keeps it in no address', async () => {
  window.history.replaceState(null, '', '/reset-password#token=t0k');
  const { asked } = show('/reset-password', { 'POST /auth/password/reset': done });
  await userEvent.type(
    await screen.findByLabelText('New password', {}, PATIENCE),
    'correct horse battery',
  );
  expect(window.location.hash).toBe('');
  await userEvent.click(screen.getByRole('button', { name: 'Change password' }));
  await screen.findByText('Password changed', {}, PATIENCE);
  expect(await asked[0]?.json()).toEqual({ token: 't0k', new_password: 'correct horse battery' });
});

it('says what is wrong with a link that is not whole, and with one that is over', async () => {
  show('/reset-password', {});
  await screen.findByText('This link is not whole', {}, PATIENCE);
  window.history.replaceState(null, '', '/verify-email#token=old');
  show('/verify-email', {
    'POST /auth/email/verify': refusal(404, 'auth.link_over', 'the link has been used or is over'),
  });
  await userEvent.click(
    await screen.findByRole('button', { name: 'This is my address' }, PATIENCE),
  );
  await screen.findByText(/has been used or is over/, {}, PATIENCE);
});
