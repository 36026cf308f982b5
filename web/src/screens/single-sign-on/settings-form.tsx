/** Settings of a connection, new or changed. */
import { type ReactNode, useState } from 'react';
import { asProblem } from '@/api/problem';
import type { NewSsoConnection, SsoConnection } from '@/client';
import { Button } from '@/ui/button';
import { Choice, Form, TextArea, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { GIVEN_ROLES, readRoles, roleLines } from './role-lines';

const NO_ROLE = ['', 'nobody: refuse the sign-in'] as const;
const ROLES = [NO_ROLE, ...GIVEN_ROLES.map((role) => [role, role] as const)];

interface Props {
  /** What is stored, when it is changed. */
  of?: SsoConnection;
  save: (settings: NewSsoConnection) => void;
  cancel: () => void;
  busy: boolean;
  error: unknown;
  /** On the button. */
  says: string;
}

export function SettingsForm({ of, save, cancel, busy, error, says }: Props) {
  const [role, setRole] = useState(of?.default_role ?? '');
  const [justInTime, setJustInTime] = useState(of?.just_in_time ?? true);
  const [wrong, setWrong] = useState<string>();
  const submit = (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const roles = readRoles(text('role_map'));
    setWrong(roles.wrong);
    if (roles.wrong !== undefined) return;
    save({
      name: text('name'),
      issuer: text('issuer'),
      client_id: text('client_id'),
      client_secret: String(form.get('client_secret') ?? ''),
      domains: text('domains')
        .split(/[\s,;]+/)
        .filter((domain) => domain !== ''),
      role_claim: text('role_claim'),
      role_map: roles.map,
      default_role: role,
      just_in_time: justInTime,
      enforced: of?.enforced ?? false,
      enabled: of?.enabled ?? true,
    });
  };
  const reasons = error ? asProblem(error).byField() : {};
  const errors = wrong === undefined ? reasons : { ...reasons, role_map: whatIsWrong(wrong) };
  return (
    <Form onSubmit={submit} errors={errors}>
      <AtTheProvider of={of} />
      <TextArea
        label="E-mail domains"
        name="domains"
        rows={2}
        defaultValue={of?.domains.map(({ domain }) => domain).join('\n') ?? ''}
        hint="One a line. Each is proven by a DNS record afterwards."
      />
      <TextField
        label="Claim that holds groups"
        name="role_claim"
        defaultValue={of?.role_claim ?? 'groups'}
        maxLength={1000}
      />
      <TextArea
        label="Roles by group"
        name="role_map"
        rows={3}
        defaultValue={roleLines(of?.role_map ?? {})}
        placeholder="security = admin"
        hint="One a line, as group = role; the strongest that fits counts at every sign-in. Empty: roles are given here, not by the provider."
      />
      <Choice label="Who fits none becomes" value={role} options={ROLES} onChange={setRole} />
      <Check checked={justInTime} onChange={setJustInTime}>
        Make accounts for people of proven domains at their first sign-in
      </Check>
      <ProblemNotice error={error} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={busy}>
          {says}
        </Button>
        <Button onClick={cancel}>Cancel</Button>
      </div>
    </Form>
  );
}

function AtTheProvider({ of }: { of: SsoConnection | undefined }) {
  return (
    <>
      <TextField
        label="Name"
        name="name"
        required
        maxLength={120}
        defaultValue={of?.name ?? ''}
        hint="What people call it, such as Okta."
      />
      <TextField
        label="Issuer"
        name="issuer"
        type="url"
        required
        maxLength={1000}
        defaultValue={of?.issuer ?? ''}
        placeholder="https://idp.example.com"
        hint="Exactly as in the provider's /.well-known/openid-configuration."
      />
      <TextField
        label="Client id"
        name="client_id"
        required
        maxLength={1000}
        autoComplete="off"
        defaultValue={of?.client_id ?? ''}
      />
      <TextField
        label="Client secret"
        name="client_secret"
        type="password"
        maxLength={4096}
        autoComplete="off"
        hint={
          of?.has_client_secret
            ? 'Stored sealed. Empty keeps it; another issuer needs it again.'
            : 'Stored sealed, never shown again. Empty for a public client.'
        }
      />
    </>
  );
}

function whatIsWrong(line: string): string {
  return `“${line}” is not group = ${GIVEN_ROLES.join(', ')}`;
}

/** A yes or no. */
export function Check(props: {
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <label className="flex items-center gap-2.5 text-sm font-medium">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      {props.children}
    </label>
  );
}
