import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import { me, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const PATH = '/invitations/accept';
const nobody = refusal(401, 'auth.unauthenticated', 'you are not signed in');
const preview = {
  organization: 'Acme',
  email: 'ann@example.com',
  role: 'viewer',
  invited_by: 'Bob',
  expires_at: '2026-11-28T06:00:00Z',
  account_exists: false,
};

function open(answers: Record<string, unknown>) {
  window.location.hash = '#token=secret';
  return show(PATH, { 'GET /me': nobody.clone(), ...answers });
}

afterEach(() => sessionStorage.clear());

it('lets somebody new make an account and join', async () => {
  const { asked } = open({
    'POST /invitations/preview': preview,
    'POST /invitations/accept': refusal(422, 'request.invalid_field', 'too easy'),
  });
  await userEvent.type(await screen.findByLabelText('Your name', {}, PATIENCE), 'Ann');
  await userEvent.type(screen.getByLabelText('Password'), 'correct horse battery');
  await userEvent.click(screen.getByRole('button', { name: 'Create account and join' }));
  await screen.findByText('too easy', {}, PATIENCE);
  const post = asked.find(({ url }) => url.endsWith('/invitations/accept'));
  expect(await post?.json()).toMatchObject({ token: 'secret', mode: 'cookie' });
  expect(window.location.hash).toBe('');
});

it('asks whoever has an account to sign in first, and comes back', async () => {
  open({ 'POST /invitations/preview': { ...preview, account_exists: true } });
  const link = await screen.findByRole('link', { name: 'Sign in to join' }, PATIENCE);
  expect(link.getAttribute('href')).toContain('return_to');
  expect(sessionStorage.getItem('watchtower.invitation')).toBe('secret');
});

it('lets nobody join with another account than the invited one', async () => {
  open({
    'GET /me': me(),
    'POST /invitations/preview': { ...preview, email: 'eve@example.com', account_exists: true },
  });
  await screen.findByText(/You are signed in as ann@example.com/, {}, PATIENCE);
  expect(screen.queryByRole('button', { name: 'Join' })).toBeNull();
});

it('says so when the invitation was used or has run out', async () => {
  open({ 'POST /invitations/preview': refusal(409, 'invitation.over', 'used') });
  await screen.findByText('This invitation is over', {}, PATIENCE);
});

it('asks for another where it has run out, and says so', async () => {
  const { asked } = open({
    'POST /invitations/preview': refusal(412, 'invitation.expired', 'it has run out'),
    'POST /invitations/ask': () => new Response(null, { status: 204 }),
  });
  const button = await screen.findByRole('button', { name: 'Ask for a new one' }, PATIENCE);
  await userEvent.click(button);
  await screen.findByText(/We asked by mail/, {}, PATIENCE);
  expect(screen.queryByRole('button', { name: 'Ask for a new one' })).toBeNull();
  const post = asked.find(({ url }) => url.endsWith('/invitations/ask'));
  expect(await post?.json()).toEqual({ token: 'secret' });
});
