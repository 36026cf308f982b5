import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { dashboard, me, ORG, refusal, show } from '@/app/test-app';
import { ageWord } from './charts';
import { gapsOf } from './interruptions';
import { daysOf } from './range';

const PATIENCE = { timeout: 20_000 };
const day = (nth: number, more: object = {}) => ({
  day: `2026-11-${nth}`,
  open: { high: 2, low: 1 },
  appeared: 0,
  fixed: 0,
  fixed_late: 0,
  looked: true,
  ...more,
});
const trends = (more: object = {}) => ({
  days: [
    day(15, { looked: false }),
    day(16, { appeared: 3 }),
    day(17, { fixed: 1, open: { high: 2 } }),
  ],
  sums: { appeared: 3, fixed: 1, fixed_late: 1, mean_time_to_fix_s: 7_200 },
  ages: [
    { from_days: 0, to_days: 1, open: 0 },
    { from_days: 365, to_days: null, open: 2 },
  ],
  by_sla: { breached: 2 },
  current: true,
  kept_since: null,
  ...more,
});
const failedRun = {
  id: 'run_9',
  seq: 9,
  kind: 'scheduled',
  state: 'failed',
  reason: '<img src=x onerror="hurt()">\u202e',
  asset_ids: ['ast_1'],
  created_at: '2026-11-16T23:00:00Z',
  finished_at: '2026-11-17T01:00:00Z',
};
const runs = (given: object) => (request: Request) => ({
  items: request.url.includes('state=failed') ? [failedRun] : [],
  next_cursor: null,
  ...given,
});
const answers = {
  'GET /scans': { items: [], next_cursor: null },
  'GET /me': me(['exposures:read', 'runs:read', 'assets:read']),
  'GET /dashboard': { ...dashboard(), by_severity: { high: 3 } },
  'GET /trends': trends(),
};
const today = new Date().toISOString().slice(0, 10);

it('draws what is open and what came and went, beside the time before', async () => {
  const { asked } = show(`/o/${ORG}/trends?range=7d`, {
    ...answers,
    'GET /trends': ({ url }: Request) =>
      url.includes(`to=${today}`)
        ? trends()
        : trends({ sums: { appeared: 8, fixed: 5, fixed_late: 0, mean_time_to_fix_s: null } }),
  });
  await screen.findByRole(
    'img',
    { name: /^3 open at the end of the first of 3 days, 2 at/ },
    PATIENCE,
  );
  screen.getByRole('img', { name: /^3 appeared and 1 were fixed in 3 days/ });
  await screen.findByText('(8 in the 7 days before)');
  const facts = screen.getByRole('region', { name: 'In this time' });
  expect(facts).toHaveTextContent('Mean time to fix2 h 00 min');
  expect(facts).toHaveTextContent('1, after their term');
  expect(screen.getByRole('link', { name: '1 change' })).toHaveAttribute(
    'href',
    `/o/${ORG}/changes?type=FIXED&since=7d`,
  );
  expect(screen.getByRole('link', { name: '2 exposures' })).toHaveAttribute(
    'href',
    expect.stringContaining('sla:breached'),
  );
  expect(screen.getByRole('region', { name: 'Open now, by age' })).toHaveTextContent(
    '365 days or more2 exposures',
  );
  expect(asked.filter(({ url }) => url.includes('/trends?'))).toHaveLength(2);
});

it('compares with no days that the plan keeps no longer', async () => {
  const kept_since = `${today}T00:00:00Z`;
  show(`/o/${ORG}/trends?range=7d`, {
    ...answers,
    'GET /history': { kept_since, days: 30, next_days: null, next_from: null },
    'GET /trends': trends({ kept_since }),
  });
  await screen.findByText(`History is kept since ${today} by the plan.`, {}, PATIENCE);
  await screen.findByRole('region', { name: 'In this time' });
  expect(screen.queryByText(/days before\)/)).toBeNull();
});

it('draws a day nobody looked on as a gap', async () => {
  show(`/o/${ORG}/trends`, answers);
  await screen.findByRole('img', { name: /open at the end/ }, PATIENCE);
  expect(document.querySelectorAll('svg rect.fill-sunken[height="156"]')).toHaveLength(2);
});

it('is a table, too, in the address', async () => {
  const { router } = show(`/o/${ORG}/trends?range=90d`, answers);
  await userEvent.selectOptions(await screen.findByLabelText('As', {}, PATIENCE), 'table');
  await waitFor(() => expect(router.state.location.search).toEqual({ range: '90d', as: 'table' }));
  const table = await screen.findByRole('table', { name: 'Open at the end of each day' });
  const [first, , last] = [...table.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td')].map((cell) => cell.textContent),
  );
  expect(first).toEqual(['2026-11-15', '0', '2', '0', '1', '0', '3', 'no scan']);
  expect(last?.at(-2)).toBe('2');
  screen.getByRole('table', { name: 'Appeared and fixed' });
});

it('narrows to one asset or one check, and back to all', async () => {
  const { router, asked } = show(`/o/${ORG}/trends?asset=ast_1`, {
    ...answers,
    'GET /assets/ast_1': { id: 'ast_1', value: 'shop.example.com' },
  });
  await screen.findByText('shop.example.com', {}, PATIENCE);
  expect(asked.some(({ url }) => url.includes('asset_id=ast_1'))).toBe(true);
  // What is open now is of everything, so it is not shown beside a part.
  expect(screen.queryByRole('region', { name: 'Open now, by severity' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Show all' }));
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('asset'));
  await screen.findByRole('region', { name: 'Open now, by severity' });
});

it('narrows to the assets of a tag by a choice, and links to no list that cannot say it', async () => {
  const { router, asked } = show(`/o/${ORG}/trends?range=7d`, {
    ...answers,
    'GET /asset-tags': { items: [{ tag: 'shop', assets: 2 }] },
  });
  await screen.findByRole('option', { name: 'shop (2 assets)' }, PATIENCE);
  await userEvent.selectOptions(screen.getByLabelText('Assets'), 'shop');
  await waitFor(() => expect(router.state.location.search).toHaveProperty('tag', 'shop'));
  await waitFor(() =>
    expect(asked.filter(({ url }) => url.includes('asset_tag=shop'))).toHaveLength(2),
  );
  expect(screen.queryByRole('region', { name: 'Open now, by severity' })).toBeNull();
  expect(await screen.findByRole('region', { name: 'In this time' })).toHaveTextContent(
    'Overdue now2 exposures',
  );
  expect(screen.queryByRole('link', { name: '2 exposures' })).toBeNull();
  await userEvent.selectOptions(screen.getByLabelText('Assets'), 'All');
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('tag'));
});

it('says of a tag in the address that nothing of it was scanned', async () => {
  show(`/o/${ORG}/trends?tag=gone`, {
    ...answers,
    'GET /asset-tags': { items: [] },
    'GET /trends': trends({ days: [day(15, { looked: false, open: {} })] }),
  });
  await screen.findByText('No asset tagged gone was scanned in this time', {}, PATIENCE);
  expect(screen.getByLabelText('Assets')).toHaveValue('gone');
});

it('offers no tags where no asset bears one', async () => {
  show(`/o/${ORG}/trends`, { ...answers, 'GET /asset-tags': { items: [] } });
  await screen.findByRole('img', { name: /open at the end/ }, PATIENCE);
  expect(screen.queryByLabelText('Assets')).toBeNull();
});

it('says that nothing was scanned', async () => {
  show(`/o/${ORG}/trends`, {
    ...answers,
    'GET /trends': trends({ days: [day(15, { looked: false, open: {} })] }),
  });
  await screen.findByText('Nothing was scanned in this time', {}, PATIENCE);
});

it('says that the newest is still being added up', async () => {
  show(`/o/${ORG}/trends`, { ...answers, 'GET /trends': trends({ current: false }) });
  await screen.findByText(/still being added up/, {}, PATIENCE);
});

it('says why trends are not there, with the id to quote', async () => {
  show(`/o/${ORG}/trends`, {
    ...answers,
    'GET /trends': refusal(403, 'auth.forbidden', 'not for you'),
  });
  expect(await screen.findByRole('alert', {}, PATIENCE)).toHaveTextContent('req_7');
});

it('counts days from today backwards, without a gap to the time before', () => {
  expect(daysOf('7d', new Date('2026-11-21T23:59:00Z'))).toEqual([
    { from: '2026-11-15', to: '2026-11-21' },
    { from: '2026-11-08', to: '2026-11-14' },
  ]);
});

it.each([
  [0, 1, 'Less than a day'],
  [1, 7, '1 to 6 days'],
  [365, null, '365 days or more'],
])('says the age from %i to %o as %s', (from_days, to_days, says) => {
  expect(ageWord({ from_days, to_days, open: 0 })).toBe(says);
});

it('marks days on which a scan failed, and says which', async () => {
  const { asked } = show(`/o/${ORG}/trends?asset=ast_1`, {
    ...answers,
    'GET /assets/ast_1': { id: 'ast_1', value: 'shop.example.com' },
    'GET /scans': runs({}),
  });
  const card = await screen.findByRole('region', { name: 'Gaps and failed scans' }, PATIENCE);
  const link = await screen.findByRole('link', { name: 'Scan #9' }, PATIENCE);
  expect(link).toHaveAttribute('href', `/o/${ORG}/scans/run_9`);
  expect(card).toHaveTextContent('2026-11-17FailedScan #9<img src=x onerror="hurt()">⟨U+202E⟩');
  expect(card).toHaveTextContent('2026-11-15: no scan for 1 day.');
  expect(card.querySelector('img')).toBeNull();
  // By the day it ended, in both drawings.
  const told = [...document.querySelectorAll('svg title')].map((title) => title.textContent);
  expect(told.filter((says) => says?.endsWith('; 1 scan failed'))).toHaveLength(2);
  expect(told.find((says) => says?.startsWith('2026-11-17'))).toMatch(/1 scan failed$/);
  expect(screen.getAllByText('A scan failed')).toHaveLength(2);
  expect(
    asked.filter(({ url }) => url.includes('/scans?') && url.includes('asset_id=ast_1')),
  ).toHaveLength(2);
});

it('says in the table, too, that a scan failed', async () => {
  show(`/o/${ORG}/trends?as=table`, { ...answers, 'GET /scans': runs({}) });
  const table = await screen.findByRole('table', { name: 'Open at the end of each day' }, PATIENCE);
  await waitFor(() => expect(table).toHaveTextContent('yes; 1 scan failed'));
});

it('says that nothing was in the way, and why it cannot say so', async () => {
  const whole = trends({ days: [day(16), day(17)] });
  show(`/o/${ORG}/trends`, { ...answers, 'GET /trends': whole });
  await screen.findByText(/every day was looked at, and no scan failed/, {}, PATIENCE);
  cleanup();
  show(`/o/${ORG}/trends`, {
    ...answers,
    'GET /trends': whole,
    'GET /scans': () => refusal(500, 'internal.bug', 'something broke'),
  });
  const card = await screen.findByRole('region', { name: 'Gaps and failed scans' }, PATIENCE);
  await waitFor(() => expect(card).toHaveTextContent('req_7'), PATIENCE);
  expect(card).not.toHaveTextContent('no scan failed');
});

it('asks for no scans of who may not read them, nor of a tag that lists cannot say', async () => {
  const { asked } = show(`/o/${ORG}/trends`, { ...answers, 'GET /me': me(['exposures:read']) });
  const card = await screen.findByRole('region', { name: 'Gaps and failed scans' }, PATIENCE);
  expect(card).not.toHaveTextContent('no scan failed');
  expect(asked.some(({ url }) => url.includes('/scans'))).toBe(false);
});

it('counts days in a row as one gap, and today as none', () => {
  const days = [false, true, false, false, true, false].map((looked, nth) => ({
    day: `2026-11-1${nth}`,
    looked,
  }));
  expect(gapsOf(days, '2026-11-15')).toEqual([
    { from: '2026-11-10', to: '2026-11-10', days: 1 },
    { from: '2026-11-12', to: '2026-11-13', days: 2 },
  ]);
  expect(gapsOf(days, '2026-11-16')).toHaveLength(3);
});
