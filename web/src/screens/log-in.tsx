/** Back in, and back to where one was. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { logInMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Doorway } from './doorway';
import { asksForMore, SecondFactor } from './sign-in/second-factor';
import { WithPasskey } from './sign-in/with-passkey';
import { ContinueWithSso } from './single-sign-on/continue-with';

const route = getRouteApi('/login');

export function LogIn() {
  const { return_to, sso_error } = route.useSearch();
  const cache = useQueryClient();
  const router = useRouter();
  const logIn = useMutation({
    ...logInMutation(),
    meta: { signingIn: true },
    onSuccess: () => goOn(),
  });
  const goOn = () => {
    cache.clear();
    router.history.push(return_to ?? '/app');
  };
  const submit = (form: FormData) =>
    logIn.mutate({
      body: {
        email: String(form.get('email')),
        password: String(form.get('password')),
        mode: 'cookie',
      },
    });
  const asked = asksForMore(logIn.error);
  if (asked) return <SecondFactor asked={asked} onSignedIn={goOn} onBack={logIn.reset} />;
  return (
    <Doorway
      title="Sign in"
      says={
        <>
          No account yet?{' '}
          <Link to="/signup" className="font-medium text-accent underline">
            Create one
          </Link>
        </>
      }
    >
      <Form onSubmit={submit}>
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <Link to="/forgot-password" className="text-sm text-accent underline">
          Forgot your password?
        </Link>
        <ProblemNotice error={logIn.error} />
        <Button type="submit" look="primary" busy={logIn.isPending}>
          {logIn.isPending ? 'Signing in…' : 'Sign in'}
        </Button>
      </Form>
      <ContinueWithSso
        {...(sso_error !== undefined && { code: sso_error })}
        {...(return_to !== undefined && { returnTo: return_to })}
      />
      <WithPasskey onSignedIn={goOn} />
    </Doorway>
  );
}
