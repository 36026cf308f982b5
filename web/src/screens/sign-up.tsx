/** One form from nobody to an organization of one's own. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { asProblem } from '@/api/problem';
import { signUpMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Doorway } from './doorway';

/** The least the API takes (NIST SP 800-63B asks for length, not for symbols). */
const LEAST_PASSWORD = 12;

export function SignUp() {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const signUp = useMutation({
    ...signUpMutation(),
    meta: { signingIn: true },
    onSuccess: async (session) => {
      if ('mailed' in session) return;
      cache.clear();
      await navigate({ to: '/o/$org/start', params: { org: session.organization.tenant_key } });
    },
  });
  const submit = (form: FormData) =>
    signUp.mutate({
      body: {
        email: String(form.get('email')),
        password: String(form.get('password')),
        display_name: String(form.get('display_name')),
        organization_name: String(form.get('organization_name')),
        mode: 'cookie',
      },
    });
  if (signUp.data && 'mailed' in signUp.data)
    return (
      <Doorway
        title="Look into your mail"
        says={
          <Link to="/login" className="font-medium text-accent underline">
            Back to signing in
          </Link>
        }
      >
        <p role="status" className="text-sm">
          A mail to that address says how it goes on: confirm the address, then sign in.
        </p>
      </Doorway>
    );
  return (
    <Doorway
      title="Create your account"
      says={
        <>
          You become the owner of a new organization. Already have an account?{' '}
          <Link to="/login" className="font-medium text-accent underline">
            Sign in
          </Link>
        </>
      }
    >
      <Form onSubmit={submit} errors={signUp.error ? asProblem(signUp.error).byField() : {}}>
        <TextField
          label="Your name"
          name="display_name"
          autoComplete="name"
          required
          maxLength={100}
        />
        <TextField
          label="Organization"
          name="organization_name"
          autoComplete="organization"
          required
          maxLength={100}
        />
        <TextField label="E-mail" name="email" type="email" autoComplete="email" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={LEAST_PASSWORD}
          hint={`At least ${LEAST_PASSWORD} characters; a sentence is good.`}
        />
        <ProblemNotice error={signUp.error} />
        <Button type="submit" look="primary" busy={signUp.isPending}>
          {signUp.isPending ? 'Creating…' : 'Create account'}
        </Button>
      </Form>
    </Doorway>
  );
}
