import { beforeEach, expect, it, vi } from 'vitest';
import { forgetInvitation, invitationToken, standing } from './invited';

const invited = { email: 'Bob@example.com', account_exists: false };
const history = { state: null, replaceState: vi.fn() };
const at = (hash: string, search = '') => ({ hash, search, pathname: '/invitations/accept' });

beforeEach(() => sessionStorage.clear());

it('asks of each what they can do', () => {
  expect(standing(undefined, invited)).toBe('sign_up');
  expect(standing(undefined, { ...invited, account_exists: true })).toBe('sign_in');
  expect(standing('bob@EXAMPLE.com', { ...invited, account_exists: true })).toBe('join');
  expect(standing('eve@example.com', invited)).toBe('other_account');
});

it('takes the secret out of the address and keeps it over a sign-in', () => {
  expect(invitationToken(at('#token=abc'), history, sessionStorage)).toBe('abc');
  expect(history.replaceState).toHaveBeenCalledWith(null, '', '/invitations/accept');
  expect(invitationToken(at(''), history, sessionStorage)).toBe('abc');
  forgetInvitation(sessionStorage);
  expect(invitationToken(at(''), history, sessionStorage)).toBe('');
  expect(invitationToken(at('', '?token=old'), history, sessionStorage)).toBe('old');
});
