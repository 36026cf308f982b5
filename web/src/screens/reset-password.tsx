/** A new password without the old one, by the link of a mail. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { resetPasswordMutation } from '@/client/@tanstack/react-query.gen';
import { Button, ButtonLink } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Doorway } from './doorway';
import { takeToken } from './mail-link';

export function ResetPassword() {
  const [token] = useState(() => takeToken(window.location, window.history));
  const reset = useMutation({ ...resetPasswordMutation(), meta: { signingIn: true } });
  if (reset.isSuccess)
    return (
      <Doorway title="Password changed" says="Every session was ended, also elsewhere.">
        <ButtonLink to="/login" look="primary">
          Sign in
        </ButtonLink>
      </Doorway>
    );
  if (token === '')
    return (
      <Doorway title="This link is not whole" says="Open it from the mail once more, or:">
        <Link to="/forgot-password" className="font-medium text-accent underline">
          Ask for a new link
        </Link>
      </Doorway>
    );
  return (
    <Doorway
      title="Choose a new password"
      says="At least 12 characters, and not one that is guessed."
    >
      <Form
        errors={reset.error ? asProblem(reset.error).byField() : {}}
        onSubmit={(form) =>
          reset.mutate({ body: { token, new_password: String(form.get('new_password')) } })
        }
      >
        <TextField
          label="New password"
          name="new_password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
        />
        <ProblemNotice error={reset.error} />
        <Button type="submit" look="primary" busy={reset.isPending}>
          {reset.isPending ? 'Changing…' : 'Change password'}
        </Button>
      </Form>
    </Doorway>
  );
}
