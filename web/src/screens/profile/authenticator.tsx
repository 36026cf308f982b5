/** The second factor: an authenticator app and its recovery codes. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TotpEnrolment } from '@/client';
import {
  confirmTotpMutation,
  enrolTotpMutation,
  getMfaOptions,
  getMfaQueryKey,
  newRecoveryCodesMutation,
  removeTotpMutation,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { PasswordAgain } from './password-again';
import { QrCode } from './qr-code';
import { RecoveryCodes } from './recovery-codes';

export function Authenticator() {
  const factors = useQuery(getMfaOptions());
  const [codes, setCodes] = useState<readonly string[]>([]);
  return (
    <Card
      title="Authenticator app"
      actions={
        factors.data &&
        (factors.data.totp ? <Badge tone="good">on</Badge> : <Badge tone="medium">off</Badge>)
      }
    >
      {factors.isPending && <Waiting what="your second factor" />}
      <ProblemNotice error={factors.error} />
      {factors.data &&
        (factors.data.totp ? (
          <SetUp left={factors.data.recovery_codes_left} onCodes={setCodes} />
        ) : (
          <NotSetUp onCodes={setCodes} />
        ))}
      <RecoveryCodes codes={codes} onClose={() => setCodes([])} />
    </Card>
  );
}

interface Shows {
  onCodes: (codes: readonly string[]) => void;
}

function useAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: getMfaQueryKey() });
}

function NotSetUp({ onCodes }: Shows) {
  const [asking, setAsking] = useState(false);
  const [enrolment, setEnrolment] = useState<TotpEnrolment>();
  const enrol = useMutation({
    ...enrolTotpMutation(),
    onSuccess: (begun) => {
      setAsking(false);
      setEnrolment(begun);
    },
  });
  if (enrolment) return <Confirm enrolment={enrolment} onCodes={onCodes} />;
  return (
    <>
      <p className="text-sm text-ink-muted">
        Asks for a code of an app on your phone after the password: a stolen password alone opens
        nothing.
      </p>
      <div>
        <Button onClick={() => setAsking(true)}>Set up an app</Button>
      </div>
      <PasswordAgain
        open={asking}
        title="Set up an authenticator app"
        says="Nothing changes until a code of the app confirms it."
        act="Go on"
        busy={enrol.isPending}
        error={enrol.error}
        onSubmit={(password) => enrol.mutate({ body: { password } })}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

function Confirm({ enrolment, onCodes }: Shows & { enrolment: TotpEnrolment }) {
  const again = useAgain();
  const confirm = useMutation({
    ...confirmTotpMutation(),
    // A wrong code is a refusal, not a lost session.
    meta: { signingIn: true },
    onSuccess: (made) => {
      onCodes(made.recovery_codes);
      return again();
    },
  });
  return (
    <div className="grid gap-4 sm:grid-cols-[max-content_minmax(0,1fr)]">
      <QrCode text={enrolment.uri} label="QR code for the authenticator app" />
      <div className="grid content-start gap-3">
        <p className="text-sm">Scan it with the app, or type this in:</p>
        <p className="flex flex-wrap items-center gap-2">
          <code data-value="Secret" className="font-mono text-sm break-all">
            {enrolment.secret}
          </code>
          <CopyButton value={enrolment.secret} what="secret" />
        </p>
        <Form onSubmit={(form) => confirm.mutate({ body: { code: String(form.get('code')) } })}>
          <TextField
            label="Code the app shows"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={64}
            required
          />
          <ProblemNotice error={confirm.error} />
          <div>
            <Button type="submit" look="primary" busy={confirm.isPending}>
              Turn it on
            </Button>
          </div>
        </Form>
      </div>
    </div>
  );
}

function SetUp({ left, onCodes }: Shows & { left: number }) {
  const again = useAgain();
  const [asking, setAsking] = useState<'codes' | 'remove'>();
  const close = () => setAsking(undefined);
  const renew = useMutation({
    ...newRecoveryCodesMutation(),
    onSuccess: (made) => {
      close();
      onCodes(made.recovery_codes);
      return again();
    },
  });
  const remove = useMutation({
    ...removeTotpMutation(),
    onSuccess: () => {
      close();
      say('The authenticator app was removed.');
      return again();
    },
  });
  return (
    <>
      <p className="text-sm text-ink-muted">
        Signing in asks for a code. {left} recovery {left === 1 ? 'code is' : 'codes are'} left.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button size="small" onClick={() => setAsking('codes')}>
          New recovery codes
        </Button>
        <Button size="small" onClick={() => setAsking('remove')}>
          Remove
        </Button>
      </div>
      <PasswordAgain
        open={asking === 'codes'}
        title="New recovery codes"
        says="Those you have stop working."
        act="Make new codes"
        busy={renew.isPending}
        error={renew.error}
        onSubmit={(password) => renew.mutate({ body: { password } })}
        onClose={close}
      />
      <PasswordAgain
        open={asking === 'remove'}
        title="Remove the authenticator app"
        says="From then on a password alone signs in, and the recovery codes stop working."
        act="Remove it"
        danger
        busy={remove.isPending}
        error={remove.error}
        onSubmit={(password) => remove.mutate({ body: { password } })}
        onClose={close}
      />
    </>
  );
}
