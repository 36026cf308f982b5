/** The browser's part of a passkey: what it is asked, and what it says when it says no. */
import {
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { useMutation } from '@tanstack/react-query';
import { Problem } from '@/api/problem';
import { beginPasskeySignIn, finishPasskeySignIn } from '@/client';

/** What the platform's errors mean to a person (WebAuthn Level 3 §5.1.3, §5.1.4). */
const SAYS: Record<string, string> = {
  // Turned down, run out of time, or nothing fits: browsers don't say which, on purpose.
  NotAllowedError: 'No passkey was used: it was cancelled, took too long, or none fits.',
  InvalidStateError: 'This device has a passkey of yours already.',
  SecurityError: 'The browser makes no passkeys for this address.',
  NotSupportedError: 'This device cannot make such a passkey.',
};

/** The browser's refusal in words. */
export function browserProblem(error: unknown): Problem {
  const name = error instanceof Error ? error.name : '';
  const known = SAYS[name];
  const detail = known ?? (error instanceof Error ? error.message : String(error));
  return new Problem(0, { code: 'web.passkey', detail });
}

/** Asks the browser for a new passkey. */
export async function makePasskey(options: unknown): Promise<RegistrationResponseJSON> {
  try {
    return await startRegistration({
      optionsJSON: options as PublicKeyCredentialCreationOptionsJSON,
    });
  } catch (error) {
    throw browserProblem(error);
  }
}

/** Asks the browser for an answer of a passkey. */
export async function answerWithPasskey(options: unknown): Promise<AuthenticationResponseJSON> {
  try {
    return await startAuthentication({
      optionsJSON: options as PublicKeyCredentialRequestOptionsJSON,
    });
  } catch (error) {
    throw browserProblem(error);
  }
}

/** Signs in with a passkey alone, or, with the challenge of a password, in place of a code. */
export function usePasskeySignIn(onSignedIn: () => void) {
  return useMutation({
    meta: { signingIn: true },
    mutationFn: async (challenge: string | undefined) => {
      const begun = await beginPasskeySignIn({
        body: challenge === undefined ? {} : { challenge },
        throwOnError: true,
      });
      const { ceremony, options } = begun.data;
      const credential = await answerWithPasskey(options);
      await finishPasskeySignIn({
        body: { ceremony, credential: { ...credential }, mode: 'cookie' },
        throwOnError: true,
      });
    },
    onSuccess: onSignedIn,
  });
}
