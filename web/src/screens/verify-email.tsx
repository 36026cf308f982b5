/** Proves an address by the link of a mail. A button, because mail scanners open links too. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { verifyEmailMutation } from '@/client/@tanstack/react-query.gen';
import { Button, ButtonLink } from '@/ui/button';
import { ProblemNotice } from '@/ui/problem-notice';
import { Doorway } from './doorway';
import { takeToken } from './mail-link';

export function VerifyEmail() {
  const [token] = useState(() => takeToken(window.location, window.history));
  const verify = useMutation({ ...verifyEmailMutation(), meta: { signingIn: true } });
  if (verify.isSuccess)
    return (
      <Doorway title="Your address is proven" says="Nothing else to do here.">
        <ButtonLink to="/app" look="primary">
          Go on
        </ButtonLink>
      </Doorway>
    );
  if (token === '')
    return (
      <Doorway
        title="This link is not whole"
        says="Open it from the mail once more. Your profile sends a new one."
      >
        <ButtonLink to="/me">Profile</ButtonLink>
      </Doorway>
    );
  return (
    <Doorway title="Prove your address" says="One press, and mails about changes can reach you.">
      <ProblemNotice error={verify.error} />
      <Button
        look="primary"
        busy={verify.isPending}
        onClick={() => verify.mutate({ body: { token } })}
      >
        {verify.isPending ? 'Proving…' : 'This is my address'}
      </Button>
    </Doorway>
  );
}
