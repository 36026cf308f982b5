import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { exposure, me, ORG, show } from '@/app/test-app';
import type { Integration, Ticket } from '@/client';

const at = `/o/${ORG}/exposures/exp1_1`;
const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const github: Integration = {
  id: 'int_1',
  kind: 'github',
  name: 'web team',
  origin: 'https://api.github.com',
  min_severity: 'high',
  events: [],
  asset_ids: [],
  enabled: true,
  tracker: { project: 'acme/web' },
  failing: '',
  disabled_reason: '',
  failures: 0,
  last_sent_at: null,
  last_failed_at: null,
  old_secret_until: null,
  created_at: AT,
};
const ticket: Ticket = {
  integration_id: 'int_1',
  name: 'web team',
  kind: 'github',
  state: 'claimed',
  number: '',
  url: '',
  error: '',
  asked_by: 'usr_1',
  created_at: AT,
};
const answers = {
  'GET /exposures/exp1_1/timeline': { items: [], next_cursor: null },
  'GET /exposures/exp1_1/explain': { state: 'open', because: [], to_be_fixed: [] },
  'GET /integrations': {
    items: [
      github,
      { ...github, id: 'int_2', name: 'off', enabled: false },
      { ...github, id: 'int_3', kind: 'slack' },
    ],
    next_cursor: null,
  },
};
const actor = me(['organization:read', 'exposures:read', 'exposures:act']);

it('makes an issue by hand, once, and links it', async () => {
  let tickets: Ticket[] = [];
  const { asked } = show(at, {
    ...answers,
    'GET /me': actor,
    'GET /exposures/exp1_1': () => exposure({ tickets }),
    'POST /exposures/exp1_1/tickets': () => {
      const url = 'https://github.com/acme/web/issues/12';
      tickets = [{ ...ticket, state: 'open', number: '12', url }];
      return ticket;
    },
  });
  const button = await screen.findByRole('button', { name: 'Create issue at web team' }, PATIENCE);
  expect(screen.getAllByRole('button', { name: /Create issue/ })).toHaveLength(1);
  await userEvent.click(button);
  const link = await screen.findByRole('link', { name: '#12' });
  expect(link).toHaveAttribute('href', 'https://github.com/acme/web/issues/12');
  expect(screen.queryByRole('button', { name: /Create issue/ })).toBeNull();
  const made = asked.find(({ method }) => method === 'POST');
  expect(await made?.json()).toEqual({ integration_id: 'int_1' });
});

it('says why there is none, and leads nowhere a tracker should not', async () => {
  const tickets: Ticket[] = [
    { ...ticket, state: 'failed', error: 'GitHub refuses the token: store a new one' },
    { ...ticket, integration_id: 'int_9', state: 'open', number: '7', url: 'javascript:hurt()' },
  ];
  show(at, {
    ...answers,
    'GET /me': actor,
    'GET /exposures/exp1_1': exposure({ tickets }),
  });
  expect(await screen.findByText(/refuses the token/, {}, PATIENCE)).toBeInTheDocument();
  expect(screen.getByText('#7').closest('a')).toBeNull();
  expect(
    await screen.findByRole('button', { name: 'Create issue at web team' }),
  ).toBeInTheDocument();
});

it('offers nothing to who may not act, and nothing about what is fixed', async () => {
  show(at, {
    ...answers,
    'GET /me': me(['organization:read', 'exposures:read']),
    'GET /exposures/exp1_1': exposure({ tickets: [{ ...ticket, state: 'closed', number: '12' }] }),
  });
  expect(await screen.findByText('#12', {}, PATIENCE)).toBeInTheDocument();
  expect(screen.getByText('closed')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /Create issue/ })).toBeNull();
});
