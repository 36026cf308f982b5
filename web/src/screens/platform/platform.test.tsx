import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { me, show } from '@/app/test-app';
import type { DeadLetter, OpenedLetter, Queue, StuckRun } from '@/client';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const staff = { ...me(['platform:operate']) };

const queue: Queue = {
  consumers: [
    {
      stream: 'DOMAIN',
      consumer: 'notify-mail',
      subjects: ['tenant.mail'],
      is_there: true,
      waiting: 7,
      in_progress: 1,
      redelivered: 0,
      listening: 0,
      dead_letters: 2,
      oldest_at: AT,
    },
    {
      stream: 'DOMAIN',
      consumer: 'ai-report-requests',
      subjects: ['report.requested'],
      is_there: false,
      waiting: 0,
      in_progress: 0,
      redelivered: 0,
      listening: 0,
      dead_letters: 0,
    },
  ],
  workers: [{ worker_id: 'wrk_1', pool: 'shared', jobs: 3, heard_at: AT }],
  organizations: [
    { tenant_key: 'org_1', waiting: 40, running: 3, processing: 0, oldest_waiting_at: AT },
    { tenant_key: 'org_2', waiting: 1, running: 1, processing: 0, oldest_waiting_at: AT },
  ],
  dead_letters: 2,
  stuck_runs: 1,
};

const stuck: StuckRun = {
  run_id: 'run_1',
  tenant_key: 'org_1',
  kind: 'on_demand',
  state: 'queued',
  pool: 'shared',
  problem: 'not_taken',
  reason: 'no worker took its jobs',
  advice: 'see whether workers run',
  may: ['dispatch', 'cancel'],
  jobs: { waiting: 2, running: 0, silent: 0, processing: 0 },
  created_at: AT,
  deadline_at: AT,
};

const letter = (more: Partial<DeadLetter> = {}): DeadLetter => ({
  sequence: 7,
  stream: 'DOMAIN',
  consumer: 'notify-mail',
  subject: 'tenant.mail',
  error: 'the mail server was away',
  deliveries: 5,
  died_at: AT,
  bytes: 120,
  type: 'tenant.mail',
  tenant_key: 'org_1',
  may_redrive: true,
  ...more,
});

const page = <T,>(items: T[]) => ({ items, next_cursor: null });

afterEach(() => vi.restoreAllMocks());

it('shows nothing to who is no staff', async () => {
  const { asked } = show('/platform?tab=queue', { 'GET /me': me(['assets:read']) });
  await screen.findByText("For the platform's staff", {}, PATIENCE);
  expect(asked.some(({ url }) => url.includes('/admin/'))).toBe(false);
});

it('shows how far everybody is behind, and each one’s share of what runs', async () => {
  show('/platform?tab=queue', { 'GET /me': staff, 'GET /admin/queue': queue });
  const readers = await screen.findByRole('table', { name: 'Readers of the bus' }, PATIENCE);
  within(readers).getByText('never ran');
  const parts = within(screen.getByRole('navigation', { name: 'Parts of the platform' }));
  expect(parts.getAllByRole('link', { current: 'page' })).toEqual([
    parts.getByRole('link', { name: 'Queue' }),
  ]);
  const whose = screen.getByRole('table', { name: 'Whose jobs wait' });
  expect(within(whose).getByText('org_1').closest('tr')).toHaveTextContent('75 %');
  screen.getByText('wrk_1');
  // From here to the letters of one reader.
  await userEvent.click(within(readers).getByRole('link', { name: /2 dead letters of/ }));
  await screen.findByRole('button', { name: 'Remove filter: reader' }, PATIENCE);
});

it('sends a stuck run again, and cancels it with a reason', async () => {
  const { asked } = show('/platform?tab=stuck', {
    'GET /me': staff,
    'GET /admin/stuck-runs': page([stuck]),
    'POST /admin/stuck-runs/run_1/dispatch': {
      run_id: 'run_1',
      dispatched: 2,
      left_alone: 0,
      more: false,
    },
    'POST /admin/stuck-runs/run_1/cancel': { run_id: 'run_1', state: 'cancelled' },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Send again' }, PATIENCE));
  await screen.findByText('2 jobs sent again.', {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Cancel…' }));
  await userEvent.type(await screen.findByLabelText('Reason'), 'no workers today');
  await userEvent.click(screen.getByRole('button', { name: 'Cancel the run' }));
  await screen.findByText('The run is cancelled.', {}, PATIENCE);
  const cancelled = asked.find(({ url }) => url.endsWith('/cancel'));
  expect(await cancelled?.json()).toEqual({ reason: 'no workers today' });
});

it('opens a letter, sends it again, and offers that only where its reader reads', async () => {
  const opened: OpenedLetter = {
    letter: letter(),
    facts: [{ name: 'mail', value: 'invitation' }],
  };
  const { asked } = show('/platform?tab=letters&consumer=notify-mail', {
    'GET /me': staff,
    'GET /admin/dead-letters': page([
      letter(),
      letter({ sequence: 9, may_redrive: false, error: '\u202eforged' }),
    ]),
    'GET /admin/dead-letters/7': opened,
    'POST /admin/dead-letters/7/redrive': { redriven: 1, left_out: 0, more: false },
    'POST /admin/dead-letters/redrive': { redriven: 1, left_out: 1, more: false },
  });
  const table = await screen.findByRole('table', { name: 'Dead letters' }, PATIENCE);
  expect(within(table).getAllByRole('button', { name: 'Send again' })).toHaveLength(1);
  expect(table.textContent).not.toContain('\u202e');
  const look = within(table).getAllByRole('button', { name: 'Look' });
  await userEvent.click(look[0] as HTMLElement);
  await screen.findByText('invitation', {}, PATIENCE);
  await userEvent.keyboard('{Escape}');
  await userEvent.click(await screen.findByRole('button', { name: 'Send again' }, PATIENCE));
  await screen.findByText('1 letter sent again.', {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Send all of them again' }));
  await screen.findByText(/1 claim what their reader does not read/, {}, PATIENCE);
  const all = asked.find(({ url }) => url.endsWith('/dead-letters/redrive'));
  expect(await all?.json()).toEqual({ consumer: 'notify-mail' });
  const list = asked.find(({ url }) => url.includes('/dead-letters?'));
  expect(list?.url).toContain('consumer=notify-mail');
});

it('discards a letter with a reason', async () => {
  const { asked } = show('/platform?tab=letters', {
    'GET /me': staff,
    'GET /admin/dead-letters': page([letter()]),
    'POST /admin/dead-letters/7/discard': () => new Response(null, { status: 204 }),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Discard…' }, PATIENCE));
  await userEvent.type(await screen.findByLabelText('Reason'), 'sent by hand instead');
  await userEvent.click(screen.getByRole('button', { name: 'Discard the letter' }));
  await screen.findByText('The letter is gone.', {}, PATIENCE);
  const gone = asked.find(({ url }) => url.endsWith('/discard'));
  expect(await gone?.json()).toEqual({ reason: 'sent by hand instead' });
});
