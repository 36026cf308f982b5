import { cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { dashboard, me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const at = `/o/${ORG}/start`;

beforeEach(() => localStorage.clear());

it('leads whoever sets up from step to step, and ticks what is really there', async () => {
  show(at, {
    'GET /me': me(['assets:write', 'runs:create', 'members:manage', 'notifications:manage']),
    'GET /dashboard': { ...dashboard(), assets: { total: 1, verified: 0 } },
    'GET /assets': page({ id: 'ast_1', value: 'example.com', verified: false }),
    'GET /notifications/settings': { email_enabled: true, min_severity: 'low', recipients: [] },
    'GET /users': page({}, {}),
    'GET /invitations': page(),
  });
  await screen.findByText('3 of 5 steps done', {}, PATIENCE);
  screen.getByRole('link', { name: 'Verify example.com' });
  expect(screen.queryByRole('link', { name: 'Start a scan' })).toBeNull();
});

it('gives whoever only reads steps of their own', async () => {
  show(at, {
    'GET /me': me(['exposures:read']),
    'GET /auth/mfa': { totp: true, recovery_codes_left: 10 },
    'GET /me/passkeys': page(),
  });
  await screen.findByText('2 of 3 steps done', {}, PATIENCE);
  screen.getByRole('link', { name: 'See what changed' });
  expect(screen.queryByText('Add something you own')).toBeNull();
});

it('leaves out what staff may not see through somebody else’s eyes', async () => {
  show(at, {
    'GET /me': me(['exposures:read']),
    'GET /auth/mfa': refusal(403, 'auth.impersonating', 'not with their eyes'),
    'GET /me/passkeys': refusal(403, 'auth.impersonating', 'not with their eyes'),
  });
  await screen.findByText('1 of 2 steps done', {}, PATIENCE);
});

it('shows a failure with the id to quote', async () => {
  show(at, {
    'GET /me': me(['exposures:read']),
    'GET /auth/mfa': refusal(500, 'internal.bug', 'something broke'),
    'GET /me/passkeys': page(),
  });
  expect(await screen.findByRole('alert', {}, PATIENCE)).toHaveTextContent('req_7');
});

it('goes out of the menu of who hides it, here alone, and comes back', async () => {
  const reads = {
    'GET /me': me(['exposures:read']),
    'GET /auth/mfa': { totp: true, recovery_codes_left: 10 },
    'GET /me/passkeys': page(),
  };
  show(at, reads);
  const menu = await screen.findByRole('navigation', { name: 'Screens' }, PATIENCE);
  within(menu).getByRole('link', { name: 'Start' });
  const hide = await screen.findByRole('button', { name: 'Hide the first steps' }, PATIENCE);
  hide.focus();
  await userEvent.keyboard('{Enter}');
  expect(within(menu).queryByRole('link', { name: 'Start' })).toBeNull();
  // The others stay, and the steps can still be read.
  within(menu).getByRole('link', { name: 'Changes' });
  screen.getByText('2 of 3 steps done');
  // It is found by its name.
  await userEvent.keyboard('{Control>}k{/Control}');
  await screen.findByRole('option', { name: /Start/ }, PATIENCE);
  await userEvent.keyboard('{Escape}');

  // Somebody else in the same browser has theirs.
  cleanup();
  const cid = me(['exposures:read']);
  show(at, { ...reads, 'GET /me': { ...cid, user: { ...cid.user, id: 'usr_9' } } });
  const theirs = await screen.findByRole('navigation', { name: 'Screens' }, PATIENCE);
  within(theirs).getByRole('link', { name: 'Start' });

  cleanup();
  show(at, reads);
  const again = await screen.findByRole('button', { name: 'Show in the menu' }, PATIENCE);
  await userEvent.click(again);
  await screen.findByRole('link', { name: 'Start' });
});
