/** Joining by the link of a mail: with the account one has, or with a new one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { asProblem } from '@/api/problem';
import { type InvitationPreview, logOut, previewInvitation } from '@/client';
import {
  acceptInvitationMutation,
  askForInvitationMutation,
  getMeOptions,
  joinOrganizationMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button, ButtonLink } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { Doorway } from './doorway';
import { forgetInvitation, invitationToken, standing } from './invited';

const PATH = '/invitations/accept';

export function AcceptInvitation() {
  const [token] = useState(() =>
    invitationToken(window.location, window.history, window.sessionStorage),
  );
  const seen = useQuery({
    queryKey: ['invitation', token],
    queryFn: async () => (await previewInvitation({ body: { token }, throwOnError: true })).data,
    enabled: token !== '',
    retry: false,
  });
  const me = useQuery({ ...getMeOptions(), retry: false });
  if (token === '')
    return (
      <Doorway title="This link is not whole" says="Open it from the mail once more.">
        <ButtonLink to="/login">Sign in</ButtonLink>
      </Doorway>
    );
  if (seen.isError) return <Over error={seen.error} token={token} />;
  if (seen.isPending || me.isPending) return <Waiting what="the invitation" />;
  return <Answer token={token} invited={seen.data} signedInAs={me.data?.user.email} />;
}

/** Used, withdrawn, run out, or replaced by a newer link. */
function Over({ error, token }: { error: unknown; token: string }) {
  const { code, status } = asProblem(error);
  if (code === 'invitation.expired') return <RanOut token={token} />;
  if (status !== 404 && code !== 'invitation.over')
    return (
      <Doorway title="The invitation could not be read" says="It is still good: try once more.">
        <ProblemNotice error={error} />
      </Doorway>
    );
  return (
    <Doorway
      title="This invitation is over"
      says="It was used, withdrawn, or replaced by a newer one. Whoever invited you can send another."
    >
      <ButtonLink to="/app" look="primary">
        Go on
      </ButtonLink>
    </Doorway>
  );
}

function RanOut({ token }: { token: string }) {
  const ask = useMutation(askForInvitationMutation());
  return (
    <Doorway
      title="This invitation has run out"
      says={
        ask.isSuccess
          ? 'We asked by mail. A new link comes to you when they send it.'
          : 'Whoever invited you can send another.'
      }
    >
      <ProblemNotice error={ask.error} />
      {!ask.isSuccess && (
        <Button look="primary" busy={ask.isPending} onClick={() => ask.mutate({ body: { token } })}>
          {ask.isPending ? 'Asking…' : 'Ask for a new one'}
        </Button>
      )}
    </Doorway>
  );
}

function Answer(props: {
  token: string;
  invited: InvitationPreview;
  signedInAs: string | undefined;
}) {
  const { token, invited, signedInAs } = props;
  const next = standing(signedInAs, invited);
  return (
    <Doorway
      title={`Join ${invited.organization}`}
      says={
        <>
          <Inert>{invited.invited_by}</Inert> invites <strong>{invited.email}</strong> as{' '}
          {invited.role}; until <Moment at={invited.expires_at} />.
        </>
      }
    >
      {next === 'join' && <Join token={token} />}
      {next === 'other_account' && (
        <Aside says={`You are signed in as ${signedInAs}. The invitation is for another address.`}>
          <SignOut />
        </Aside>
      )}
      {next === 'sign_in' && (
        <Aside says="This address has an account: sign in with it, then join.">
          <ButtonLink to="/login" search={{ return_to: PATH }} look="primary">
            Sign in to join
          </ButtonLink>
        </Aside>
      )}
      {next === 'sign_up' && <SignUpAndJoin token={token} />}
    </Doorway>
  );
}

function Aside({ says, children }: { says: string; children: ReactNode }) {
  return (
    <div className="grid justify-items-start gap-3">
      <p className="text-sm">{says}</p>
      {children}
    </div>
  );
}

/** Into the organization that was joined, with nothing read before. */
function useEnter() {
  const cache = useQueryClient();
  const router = useRouter();
  return (tenantKey: string) => {
    forgetInvitation(window.sessionStorage);
    cache.clear();
    return router.navigate({ to: '/o/$org/changes', params: { org: tenantKey } });
  };
}

function Join({ token }: { token: string }) {
  const enter = useEnter();
  const join = useMutation({
    ...joinOrganizationMutation(),
    onSuccess: (membership) => enter(membership.tenant_key),
  });
  return (
    <>
      <ProblemNotice error={join.error} />
      <Button look="primary" busy={join.isPending} onClick={() => join.mutate({ body: { token } })}>
        {join.isPending ? 'Joining…' : 'Join'}
      </Button>
    </>
  );
}

function SignUpAndJoin({ token }: { token: string }) {
  const enter = useEnter();
  const accept = useMutation({
    ...acceptInvitationMutation(),
    meta: { signingIn: true },
    onSuccess: (session) => enter(session.organization.tenant_key),
  });
  return (
    <Form
      errors={accept.error ? asProblem(accept.error).byField() : {}}
      onSubmit={(form) =>
        accept.mutate({
          body: {
            token,
            display_name: String(form.get('display_name')),
            password: String(form.get('password')),
            mode: 'cookie',
          },
        })
      }
    >
      <TextField
        label="Your name"
        name="display_name"
        autoComplete="name"
        maxLength={100}
        required
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={12}
        hint="At least 12 characters, and not one that is guessed."
        required
      />
      <ProblemNotice error={accept.error} />
      <Button type="submit" look="primary" busy={accept.isPending}>
        {accept.isPending ? 'Joining…' : 'Create account and join'}
      </Button>
    </Form>
  );
}

function SignOut() {
  const cache = useQueryClient();
  const out = useMutation({
    mutationFn: () => logOut(),
    onSuccess: () => cache.resetQueries(),
    onError: sayProblem,
  });
  return (
    <Button look="primary" busy={out.isPending} onClick={() => out.mutate()}>
      Sign out and go on
    </Button>
  );
}
