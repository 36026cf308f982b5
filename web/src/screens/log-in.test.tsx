import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { dashboard, me, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };

function mfaRequired(factors: string[]): Response {
  const body = { status: 401, code: 'auth.mfa_required', detail: 'a second factor is needed' };
  return new Response(JSON.stringify({ ...body, challenge: 'ch4', factors }), {
    status: 401,
    headers: { 'content-type': 'application/problem+json' },
  });
}

async function givesPassword() {
  await userEvent.type(await screen.findByLabelText('E-mail', {}, PATIENCE), 'ann@example.com');
  await userEvent.type(screen.getByLabelText('Password'), 'correct horse battery');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

it('asks for a code when the password is not enough, and answers the challenge with it', async () => {
  let tries = 0;
  const { asked, router } = show('/login?return_to=/me', {
    'POST /auth/login': mfaRequired(['totp', 'recovery_code']),
    'POST /auth/mfa': () =>
      ++tries === 1
        ? refusal(401, 'auth.wrong_code', 'the code is wrong, or was used')
        : { token_type: 'Cookie' },
    'GET /me': me(),
    'GET /dashboard': dashboard(),
  });
  await givesPassword();
  await userEvent.type(await screen.findByLabelText('Code', {}, PATIENCE), '123456');
  await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
  // A wrong code says so and asks again.
  await screen.findByText(/code is wrong/, {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
  await expect.poll(() => router.history.location.pathname, PATIENCE).toBe('/me');
  const answers = asked.filter((each) => each.url.endsWith('/auth/mfa'));
  expect(await answers[1]?.json()).toEqual({ challenge: 'ch4', code: '123456', mode: 'cookie' });
});

it('goes back to the password', async () => {
  show('/login', { 'POST /auth/login': mfaRequired(['totp']) });
  await givesPassword();
  await userEvent.click(await screen.findByRole('button', { name: 'Begin again' }, PATIENCE));
  await screen.findByLabelText('Password', {}, PATIENCE);
});
