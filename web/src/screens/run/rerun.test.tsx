import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { me, ORG, show } from '@/app/test-app';
import type { Run } from '@/client';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';

const run = (more: Partial<Run> = {}): Run => ({
  id: 'run_1',
  kind: 'on_demand',
  profile: 'baseline',
  policy: 'safe',
  state: 'partial',
  pool: 'shared',
  asset_ids: ['ast_1'],
  seq: 7,
  created_at: AT,
  jobs: { total: 3, done: 3, failed: 1 },
  cells: { planned: 30, settled: 20 },
  requested_by: 'usr_1',
  ...more,
});

const page = <T,>(items: T[]) => ({ items, next_cursor: null });
const answers = (one: Run, permissions = ['runs:create']) => ({
  'GET /me': me(['runs:read', ...permissions]),
  'GET /scans/run_1': one,
  'GET /scans/run_1/jobs': page([]),
  'GET /scans/run_1/transitions': page([]),
  'GET /scans': page([]),
  'GET /changes': page([]),
});
const at = `/o/${ORG}/scans/run_1`;

afterEach(() => vi.restoreAllMocks());

it('says what a second try would look at, and asks for it once', async () => {
  const second = run({
    id: 'run_2',
    seq: 8,
    state: 'queued',
    repeats: { id: 'run_1', seq: 7, state: 'partial' },
  });
  const { asked, router } = show(at, {
    ...answers(run()),
    'GET /scans/run_2': second,
    'GET /scans/run_2/jobs': page([]),
    'POST /scans/run_1/rerun': async (request: Request) =>
      (await request.clone().json()).dry_run
        ? {
            hosts: 64,
            jobs: 1,
            cells: 640,
            refused: [{ asset_id: 'ast_2', code: 'asset.not_verified', reason: 'not proven' }],
          }
        : Response.json(second, { status: 202 }),
  });
  await userEvent.click(
    await screen.findByRole('button', { name: 'Re-run failed parts…' }, PATIENCE),
  );
  await screen.findByText('It would look at 64 hosts in 1 job, 640 checks in all.', {}, PATIENCE);
  screen.getByText('not proven');
  await userEvent.click(screen.getByRole('button', { name: 'Re-run them' }));
  await screen.findByRole('heading', { name: 'Scan #8' }, PATIENCE);
  expect(router.state.location.pathname).toBe(`/o/${ORG}/scans/run_2`);
  await screen.findByRole('link', { name: 'Scan #7' }, PATIENCE);
  const begun = asked.filter(({ url }) => url.endsWith('/rerun')).at(-1);
  expect(begun?.headers.get('idempotency-key')).toMatch(/^[0-9a-f-]{36}$/);
});

it('offers nothing where there is nothing to repeat, or nobody to ask', async () => {
  show(at, answers(run({ state: 'completed', jobs: { total: 3, done: 3, failed: 0 } })));
  await screen.findByRole('heading', { name: 'Scan #7' }, PATIENCE);
  expect(screen.queryByRole('button', { name: /Re-run/ })).toBeNull();
});

it('lets nobody repeat a verification who may not verify', async () => {
  show(at, answers(run({ kind: 'verify' })));
  await screen.findByRole('heading', { name: 'Scan #7' }, PATIENCE);
  expect(screen.queryByRole('button', { name: /Re-run/ })).toBeNull();
});

it('shows the runs that repeat it', async () => {
  show(at, answers(run({ repeated_by: [{ id: 'run_9', seq: 9, state: 'running' }] })));
  await screen.findByText('Failed parts repeated by', {}, PATIENCE);
  screen.getByRole('link', { name: 'Scan #9' });
});
