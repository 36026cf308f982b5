/** The person: name, how they sign in, theme, organizations, the way out. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { asProblem } from '@/api/problem';
import { prefer, usePreference } from '@/app/preferences';
import { meQuery, useMe, useSignOut } from '@/app/session';
import { chooseTheme, type Theme, useTheme } from '@/app/theme';
import { createOrganizationMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Form, RadioCards, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen } from '@/ui/screen';
import { say, sayProblem } from '@/ui/toast';
import { Authenticator } from './authenticator';
import { Passkeys } from './passkeys';
import { Address, Password, Sessions } from './security';

const THEMES: readonly { value: Theme; name: string; says: string }[] = [
  { value: 'system', name: 'System', says: 'As the device is set.' },
  { value: 'light', name: 'Light', says: 'Dark ink on a light ground.' },
  { value: 'dark', name: 'Dark', says: 'Light ink on a dark ground.' },
];

const DENSITIES = [
  { value: 'cosy', name: 'Cosy', says: 'Room between the rows.' },
  { value: 'compact', name: 'Compact', says: 'More rows at one look.' },
] as const;
const KEYS = [
  { value: 'on', name: 'On', says: 'j, k, x, f, v, g … do something; ? lists them.' },
  { value: 'off', name: 'Off', says: 'Only Ctrl K and what the browser does. For speech input.' },
] as const;

export function Profile() {
  const me = useMe();
  const theme = useTheme();
  const density = usePreference('density');
  const keys = usePreference('keys');
  const signOut = useSignOut();
  return (
    <Screen
      title="Profile"
      narrow
      actions={<Button onClick={() => void signOut().catch(sayProblem)}>Sign out</Button>}
    >
      <Card title="You">
        <Facts
          rows={[
            ['Name', me.user.display_name],
            ['E-mail', me.user.email],
            ['Address', <Address key="address" />],
            ['Role here', me.organization.role],
          ]}
        />
      </Card>
      <Password />
      <Authenticator />
      <Passkeys />
      <Sessions />
      <Card title="Appearance">
        <RadioCards
          legend="Theme"
          name="theme"
          value={theme}
          options={THEMES}
          onChange={chooseTheme}
        />
        <RadioCards
          legend="Density"
          name="density"
          value={density}
          options={DENSITIES}
          onChange={(value) => prefer('density', value)}
        />
      </Card>
      <Card title="Keyboard">
        <RadioCards
          legend="Single keys"
          name="keys"
          value={keys}
          options={KEYS}
          onChange={(value) => prefer('keys', value)}
        />
      </Card>
      <Organizations />
    </Screen>
  );
}

function Organizations() {
  const me = useMe();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    ...createOrganizationMutation(),
    onSuccess: async (made) => {
      say(`${made.name} was created.`);
      await cache.fetchQuery({ ...meQuery(), staleTime: 0 });
      await navigate({ to: '/o/$org/start', params: { org: made.tenant_key } });
    },
  });
  return (
    <Card title="Organizations">
      <ul className="grid gap-1 text-sm">
        {me.organizations.map((each) => (
          <li key={each.tenant_key} className="flex justify-between gap-4">
            <Link
              to="/o/$org/changes"
              params={{ org: each.tenant_key }}
              className="font-medium text-accent underline"
            >
              {each.name}
            </Link>
            <span className="text-ink-muted">{each.role}</span>
          </li>
        ))}
      </ul>
      <Form
        onSubmit={(form) => create.mutate({ body: { name: String(form.get('name')) } })}
        errors={create.error ? asProblem(create.error).byField() : {}}
      >
        <TextField label="New organization" name="name" required maxLength={100} />
        <ProblemNotice error={create.error} />
        <div>
          <Button type="submit" busy={create.isPending}>
            Create organization
          </Button>
        </div>
      </Form>
    </Card>
  );
}
