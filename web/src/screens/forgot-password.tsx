/** Asks for a link to choose a new password; the answer is the same for every address. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { forgotPasswordMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Doorway } from './doorway';

export function ForgotPassword() {
  const ask = useMutation({ ...forgotPasswordMutation(), meta: { signingIn: true } });
  const back = (
    <Link to="/login" className="font-medium text-accent underline">
      Back to signing in
    </Link>
  );
  if (ask.isSuccess)
    return (
      <Doorway title="Look into your mail" says={back}>
        <p role="status" className="text-sm">
          If there is an account with that address, a link is on its way. It works once, for half an
          hour.
        </p>
      </Doorway>
    );
  return (
    <Doorway title="Forgot your password" says={back}>
      <Form onSubmit={(form) => ask.mutate({ body: { email: String(form.get('email')) } })}>
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        <ProblemNotice error={ask.error} />
        <Button type="submit" look="primary" busy={ask.isPending}>
          {ask.isPending ? 'Sending…' : 'Send me a link'}
        </Button>
      </Form>
    </Doorway>
  );
}
