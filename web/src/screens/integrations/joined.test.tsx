import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';
import type { Integration, IntegrationDelivery } from '@/client';

const PATIENCE = { timeout: 20_000 };
const at = `/o/${ORG}/settings/integrations`;
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const AT = '2026-11-21T06:00:00Z';
const webhook: Integration = {
  id: 'int_1',
  kind: 'webhook',
  name: 'tickets',
  origin: 'https://hooks.example.com',
  min_severity: 'high',
  events: ['NEW', 'REOPENED'],
  asset_ids: ['ast_1'],
  enabled: true,
  disabled_reason: '',
  failures: 0,
  last_sent_at: AT,
  last_failed_at: null,
  old_secret_until: null,
  tracker: null,
  failing: '',
  created_at: AT,
};
const delivery: IntegrationDelivery = {
  id: 'dlv_1',
  message_id: 'msg_1',
  run_id: 'run_1',
  exposure: '',
  subject: 'Watchtower: 1 new',
  state: 'failed',
  attempts: 11,
  last_status: 500,
  last_error: 'it answered 500',
  created_at: AT,
  sent_at: null,
  next_attempt_at: null,
};
const others = {
  'GET /notifications/settings': { email_enabled: true, min_severity: 'high', recipients: [] },
  'GET /notifications/deliveries': page(),
  'GET /assets': page({ id: 'ast_1', kind: 'domain', value: 'shop.example.com' }),
};
const manager = me(['organization:read', 'assets:read', 'notifications:manage']);

it('joins a webhook with its rule and shows its secret this once', async () => {
  const joined: unknown[] = [];
  const { asked } = show(at, {
    ...others,
    'GET /me': manager,
    'GET /integrations': () => page(...joined),
    'POST /integrations': () => {
      joined.push(webhook);
      return { integration: webhook, secret: 'whsec_abc' };
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Join something' }, PATIENCE));
  await userEvent.type(screen.getByLabelText('Name'), 'tickets');
  await userEvent.type(screen.getByLabelText('Address'), 'https://hooks.example.com/T0');
  await userEvent.click(screen.getByLabelText('New'));
  await userEvent.click(await screen.findByLabelText('shop.example.com'));
  await userEvent.click(screen.getByRole('button', { name: 'Join' }));
  expect(await screen.findByText('whsec_abc')).toBeInTheDocument();
  expect(screen.getByText(/webhook-signature: v1/)).toBeInTheDocument();
  const made = asked.find(({ method }) => method === 'POST');
  expect(await made?.json()).toEqual({
    kind: 'webhook',
    name: 'tickets',
    address: 'https://hooks.example.com/T0',
    min_severity: 'low',
    events: ['NEW'],
    asset_ids: ['ast_1'],
    enabled: true,
  });
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  expect(screen.queryByText('whsec_abc')).toBeNull();
  expect(await screen.findByText(/New, Reopened at 1 asset from high on/)).toBeInTheDocument();
});

it('says what is wrong with an address at its field', async () => {
  const problem = await refusal(400, 'request.invalid_field', 'a field is wrong').json();
  const fields = [{ field: 'address', reason: 'it is not on the public internet' }];
  show(at, {
    ...others,
    'GET /me': manager,
    'GET /integrations': page(),
    'POST /integrations': () => Response.json({ ...problem, fields }, { status: 400 }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Join something' }, PATIENCE));
  await userEvent.type(screen.getByLabelText('Name'), 'tickets');
  await userEvent.type(screen.getByLabelText('Address'), 'https://10.0.0.1/');
  await userEvent.click(screen.getByRole('button', { name: 'Join' }));
  const said = await screen.findAllByText(/it is not on the public internet/);
  expect(said.length).toBeGreaterThan(0);
});

it('shows what was sent, sends it again, and switches off without forgetting the rule', async () => {
  let state: IntegrationDelivery['state'] = 'failed';
  const { asked } = show(at, {
    ...others,
    'GET /me': manager,
    'GET /integrations': page(webhook),
    'GET /integrations/int_1/deliveries': () => page({ ...delivery, state }),
    'POST /integrations/int_1/deliveries/dlv_1/replay': () => {
      state = 'sent';
      return delivery;
    },
    'PUT /integrations/int_1': webhook,
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Deliveries' }, PATIENCE));
  const table = await screen.findByRole('table', { name: 'Deliveries to tickets' });
  expect(within(table).getByText('it answered 500')).toBeInTheDocument();
  await userEvent.click(within(table).getByRole('button', { name: 'Send again' }));
  await within(table).findByText('sent');
  await userEvent.click(screen.getByRole('button', { name: 'Switch off' }));
  await waitFor(() => expect(asked.some(({ method }) => method === 'PUT')).toBe(true));
  const put = asked.find(({ method }) => method === 'PUT');
  expect(await put?.json()).toEqual({
    kind: 'webhook',
    name: 'tickets',
    min_severity: 'high',
    events: ['NEW', 'REOPENED'],
    asset_ids: ['ast_1'],
    enabled: false,
  });
});

it('says why it is off, and offers nothing to who may not manage it', async () => {
  const why = 'five messages in a row could not be delivered';
  show(at, {
    ...others,
    'GET /me': me(['organization:read']),
    'GET /integrations': page({ ...webhook, enabled: false, disabled_reason: why, failures: 5 }),
  });
  expect(await screen.findByText(new RegExp(why), {}, PATIENCE)).toBeInTheDocument();
  expect(screen.getByText('switched off')).toBeInTheDocument();
  for (const name of ['Send test', 'Settings', 'Rotate secret', 'Switch on', 'Remove'])
    expect(screen.queryByRole('button', { name })).toBeNull();
  expect(screen.getByRole('button', { name: 'Deliveries' })).toBeInTheDocument();
});

it('connects a repository, and shows why it fails and what to do', async () => {
  const github: Integration = {
    ...webhook,
    kind: 'github',
    name: 'web team',
    origin: 'https://api.github.com',
    tracker: { project: 'acme/web', labels: ['security'] },
    failing: 'GitHub refuses the token: store a new one',
  };
  const joined: unknown[] = [];
  const { asked } = show(at, {
    ...others,
    'GET /me': manager,
    'GET /integrations': () => page(...joined),
    'POST /integrations': () => {
      joined.push(github);
      return { integration: github, secret: '' };
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Join something' }, PATIENCE));
  await userEvent.click(screen.getByRole('radio', { name: /GitHub/ }));
  await userEvent.type(screen.getByLabelText('Name'), 'web team');
  await userEvent.type(screen.getByLabelText('Repository'), 'acme/web');
  await userEvent.type(screen.getByLabelText('Token'), 'github_pat_1');
  await userEvent.type(screen.getByLabelText('Labels'), 'security, web');
  expect(screen.queryByLabelText('Kind of issue')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Join' }));
  expect(await screen.findByText('failing')).toBeInTheDocument();
  expect(screen.getByText(/refuses the token: store a new one/)).toBeInTheDocument();
  const made = asked.find(({ method }) => method === 'POST');
  expect(await made?.json()).toMatchObject({
    kind: 'github',
    token: 'github_pat_1',
    tracker: { project: 'acme/web', labels: ['security', 'web'] },
  });
  expect(screen.queryByRole('button', { name: 'Rotate secret' })).toBeNull();
});

it('changes a Jira project without asking for its token again', async () => {
  const jira: Integration = {
    ...webhook,
    kind: 'jira',
    origin: 'https://acme.atlassian.net',
    tracker: { project: 'SEC', labels: [], issue_type: 'Bug', account: 'ops@example.com' },
  };
  const { asked } = show(at, {
    ...others,
    'GET /me': manager,
    'GET /integrations': page(jira),
    'PUT /integrations/int_1': jira,
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Settings' }, PATIENCE));
  await userEvent.type(await screen.findByLabelText('Transition once it is fixed'), 'Done');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(asked.some(({ method }) => method === 'PUT')).toBe(true));
  const put = await asked.find(({ method }) => method === 'PUT')?.json();
  expect(put.tracker).toEqual({
    project: 'SEC',
    labels: [],
    issue_type: 'Bug',
    account: 'ops@example.com',
    done_transition: 'Done',
  });
  expect(put).not.toHaveProperty('token');
  expect(put).not.toHaveProperty('address');
});
