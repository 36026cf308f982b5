/** The step after a password that is not enough: a code, a recovery code, or a passkey. */
import { browserSupportsWebAuthn } from '@simplewebauthn/browser';
import { useMutation } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { asProblem, type Problem } from '@/api/problem';
import { completeMfaMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Doorway } from '../doorway';
import { usePasskeySignIn } from './passkey';

/** The password was right and asks for more. */
export function asksForMore(error: unknown): Problem | undefined {
  if (error === null || error === undefined) return undefined;
  const problem = asProblem(error);
  return problem.code === 'auth.mfa_required' ? problem : undefined;
}

export function SecondFactor(props: {
  /** The refusal with the challenge. */
  asked: Problem;
  onSignedIn: () => void;
  /** Back to the password. */
  onBack: () => void;
}) {
  const { challenge, factors } = props.asked;
  const complete = useMutation({
    ...completeMfaMutation(),
    meta: { signingIn: true },
    onSuccess: props.onSignedIn,
  });
  const passkey = usePasskeySignIn(props.onSignedIn);
  const submit = (form: FormData) =>
    complete.mutate({ body: { challenge, code: String(form.get('code')), mode: 'cookie' } });
  return (
    <Doorway
      title="One more step"
      says="Enter the code your authenticator app shows now, or one of your recovery codes."
    >
      <Form onSubmit={submit}>
        <TextField
          label="Code"
          name="code"
          // Password managers and phones fill it in; a recovery code has letters.
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          autoFocus
          required
        />
        <ProblemNotice error={complete.error ?? passkey.error} />
        <Button type="submit" look="primary" busy={complete.isPending}>
          {complete.isPending ? 'Checking…' : 'Go on'}
        </Button>
      </Form>
      {factors.includes('passkey') && browserSupportsWebAuthn() && (
        <Button busy={passkey.isPending} onClick={() => passkey.mutate(challenge)}>
          <KeyRound size={16} aria-hidden /> Use a passkey instead
        </Button>
      )}
      <Button look="quiet" onClick={props.onBack}>
        Begin again
      </Button>
    </Doorway>
  );
}
