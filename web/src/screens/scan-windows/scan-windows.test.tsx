import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, show } from '@/app/test-app';
import type { ScanWindowRule } from '@/client';
import { about, daysSay, hoursSay } from './rules';

const PATIENCE = { timeout: 10_000 };
const at = `/o/${ORG}/settings/scan-windows`;
const night: ScanWindowRule = {
  kind: 'window',
  time_zone: 'Europe/Berlin',
  days: ['fri', 'sat'],
  from: '22:00',
  to: '06:00',
};
const own: ScanWindowRule = {
  kind: 'blackout',
  time_zone: 'UTC',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '18:00',
  asset_ids: ['ast_1', 'ast_2'],
};
const closed = { is_open: false, changes_at: '2026-11-27T21:00:00Z' };
const answers = {
  'GET /me': me(['organization:read', 'organization:write', 'assets:read']),
  'GET /scan-windows': { rules: [night, own], version: 3, now: closed },
  'GET /assets': { items: [{ id: 'ast_1', value: 'shop.example' }] },
  'GET /scan-exclusions': { exclusions: [{ what: '192.0.2.0/28', reason: 'fragile' }], version: 5 },
};
const saves = {
  'PUT /scan-windows': async (request: Request) => ({ ...(await request.json()), version: 4 }),
};

it('shows the rules, what they are about, and when scanning opens next', async () => {
  show(at, answers);
  const rules = await screen.findByRole('table', { name: 'Rules' }, PATIENCE);
  expect(within(rules).getByText('22:00 to 06:00 the next day')).toBeInTheDocument();
  expect(within(rules).getByText('Mon–Fri')).toBeInTheDocument();
  expect(await within(rules).findByText(/shop\.example/, {}, PATIENCE)).toBeInTheDocument();
  expect(within(rules).getByText(/and 1 more/)).toBeInTheDocument();
  expect(screen.getByText('Closed')).toBeInTheDocument();
  expect(screen.getByText(/next open/)).toBeInTheDocument();
});

it('adds a rule to those that were read, and says at its fields what is wrong with it', async () => {
  const wrong = Response.json(
    {
      code: 'request.invalid_field',
      detail: 'one field is wrong',
      fields: [{ field: 'rules.2.time_zone', reason: 'no such zone' }],
    },
    { status: 422 },
  );
  let tries = 0;
  const { asked } = show(at, {
    ...answers,
    'PUT /scan-windows': (request: Request) => {
      tries += 1;
      return tries === 1 ? wrong : saves['PUT /scan-windows'](request);
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Add a rule' }, PATIENCE));
  const zone = screen.getByLabelText('Time zone');
  await userEvent.clear(zone);
  await userEvent.type(zone, 'Tokyo');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Sun' }));
  await userEvent.clear(screen.getByLabelText('To'));
  await userEvent.type(screen.getByLabelText('To'), '00:00');
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findByText('no such zone', {}, PATIENCE);
  await userEvent.clear(zone);
  await userEvent.type(zone, 'Asia/Tokyo');
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await screen.findAllByText(/^Saved/, {}, PATIENCE);
  const put = asked.filter(({ method }) => method === 'PUT').at(-1);
  expect(put?.headers.get('if-match')).toBe('"3"');
  const added = { ...night, time_zone: 'Asia/Tokyo', to: '24:00', asset_ids: [] };
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  expect(await put?.json()).toEqual({ rules: [night, own, { ...added, days }] });
});

it('removes a rule, and lets nobody do so who may not', async () => {
  const { asked, router } = show(at, { ...answers, ...saves });
  const name = 'Remove blackout Mon–Fri 08:00 to 18:00';
  await userEvent.click(await screen.findByRole('button', { name }, PATIENCE));
  await screen.findAllByText(/^Saved/, {}, PATIENCE);
  expect(await asked.find(({ method }) => method === 'PUT')?.json()).toEqual({ rules: [night] });
  await router.navigate({ to: '/me' });
  show(at, { ...answers, 'GET /me': me(['organization:read']) });
  await screen.findByRole('table', { name: 'Rules' }, PATIENCE);
  expect(screen.queryByRole('button', { name })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Add a rule' })).toBeNull();
});

it('excludes something from scans, and says at its field what is wrong with it', async () => {
  const wrong = Response.json(
    {
      code: 'request.invalid_field',
      detail: 'one field is wrong',
      fields: [{ field: 'exclusions.1.what', reason: 'no such thing' }],
    },
    { status: 422 },
  );
  let tries = 0;
  const { asked } = show(at, {
    ...answers,
    'PUT /scan-exclusions': async (request: Request) => {
      tries += 1;
      return tries === 1 ? wrong : { ...(await request.json()), version: 6 };
    },
  });
  const known = await screen.findByRole('table', { name: 'Exclusions' }, PATIENCE);
  expect(within(known).getByText('fragile')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Exclude something' }));
  const what = screen.getByLabelText('What');
  await userEvent.type(what, 'port:');
  await userEvent.type(screen.getByLabelText('Why'), 'the mail provider');
  await userEvent.click(screen.getByRole('button', { name: 'Exclude' }));
  await screen.findByText('no such thing', {}, PATIENCE);
  await userEvent.type(what, '25');
  await userEvent.click(screen.getByRole('button', { name: 'Exclude' }));
  await screen.findAllByText(/^Saved/, {}, PATIENCE);
  const put = asked.filter(({ method }) => method === 'PUT').at(-1);
  expect(put?.headers.get('if-match')).toBe('"5"');
  const added = { what: 'port:25', reason: 'the mail provider' };
  const first = { what: '192.0.2.0/28', reason: 'fragile' };
  expect(await put?.json()).toEqual({ exclusions: [first, added] });
  await userEvent.click(screen.getByRole('button', { name: 'Scan 192.0.2.0/28 again' }));
  await screen.findByText('port:25', {}, PATIENCE);
  const last = asked.filter(({ method }) => method === 'PUT').at(-1);
  expect(await last?.json()).toEqual({ exclusions: [added] });
});

it('shows what is excluded to those who may not change it', async () => {
  show(at, { ...answers, 'GET /me': me(['organization:read']) });
  await screen.findByRole('table', { name: 'Exclusions' }, PATIENCE);
  expect(screen.queryByRole('button', { name: /^Exclude/ })).toBeNull();
  expect(screen.queryByRole('button', { name: /again$/ })).toBeNull();
});

it('says days and hours as people do', () => {
  expect(daysSay(['sat', 'sun'])).toBe('Sat, Sun');
  expect(daysSay(['mon', 'tue', 'wed', 'sun'])).toBe('Mon–Wed, Sun');
  expect(daysSay(['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'])).toBe('every day');
  expect(hoursSay({ from: '00:00', to: '24:00' })).toBe('all day');
  expect(hoursSay({ from: '08:00', to: '24:00' })).toBe('08:00 to midnight');
  const errors = { 'rules.1.to': 'late', 'rules.10.to': 'other', rules: 'many' };
  expect(about(errors, 1)).toEqual({ to: 'late' });
});
