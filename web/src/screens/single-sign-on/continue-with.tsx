/** The way in by one's organization: asks for the address, then goes to its provider. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { startSsoMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { leaveTo } from './leave-to';

/** What came back from the provider, by the code in the address. */
const REASONS: Record<string, [says: string, advice: string]> = {
  'sso.refused': [
    'Your provider did not sign you in here.',
    'Begin again in this browser. If that does not help, ask an owner of your organization.',
  ],
  'sso.no_role': [
    'Your provider gives you no role here.',
    'Ask who runs it for a group that has one, or an owner for an invitation.',
  ],
  'sso.not_found': ['This connection is gone or switched off.', 'Sign in with a password.'],
};

/** The refusal that a code in the address stands for. */
function returned(code: string): Problem {
  const [detail, advice] = REASONS[code] ?? [
    'Single sign-on did not work.',
    'Try again in a moment, or ask an owner of your organization.',
  ];
  return new Problem(403, { code, detail, advice });
}

export function ContinueWithSso(props: { code?: string; returnTo?: string }) {
  const [asking, setAsking] = useState(false);
  const start = useMutation({
    ...startSsoMutation(),
    meta: { signingIn: true },
    onSuccess: ({ authorization_url }) => leaveTo(authorization_url),
  });
  const submit = (form: FormData) =>
    start.mutate({
      body: { email: String(form.get('sso_email')), return_to: props.returnTo ?? '/app' },
    });
  return (
    <section aria-label="Single sign-on" className="grid gap-4 border-t border-line pt-4">
      {props.code !== undefined && !start.error && <ProblemNotice error={returned(props.code)} />}
      {asking ? (
        <Form onSubmit={submit}>
          <TextField
            label="E-mail at your organization"
            name="sso_email"
            type="email"
            autoComplete="username"
            required
            // What the button that was just pressed asks for.
            autoFocus
          />
          <ProblemNotice error={start.error} />
          <Button type="submit" busy={start.isPending || start.isSuccess}>
            Continue
          </Button>
        </Form>
      ) : (
        <Button onClick={() => setAsking(true)}>Continue with single sign-on</Button>
      )}
    </section>
  );
}
