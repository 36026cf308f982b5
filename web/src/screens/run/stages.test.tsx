import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';
import type { Job, Run } from '@/client';
import { byAsset, stageOf } from './stages';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const at = `/o/${ORG}/scans/run_1`;

const run = (more: Partial<Run> = {}): Run => ({
  id: 'run_1',
  kind: 'on_demand',
  profile: 'baseline',
  policy: 'safe',
  state: 'running',
  pool: 'shared',
  asset_ids: ['ast_1', 'ast_2', 'ast_3'],
  seq: 7,
  created_at: AT,
  jobs: { total: 3, done: 1, failed: 0 },
  cells: { planned: 30, settled: 10 },
  requested_by: 'usr_1',
  ...more,
});
const job = (id: string, state: Job['state'], asset_ids: string[]): Job => ({
  id,
  run_id: 'run_1',
  state,
  attempt: 1,
  cells: { planned: 10, settled: 0 },
  hosts: 1,
  asset_ids,
  created_at: AT,
});
const page = (items: unknown[], next_cursor: string | null = null) => ({ items, next_cursor });
const answers = (one: Run, jobs: unknown) => ({
  'GET /me': me(['runs:read', 'assets:read']),
  'GET /scans/run_1': one,
  'GET /scans/run_1/jobs': jobs,
  'GET /scans/run_1/transitions': page([]),
  'GET /scans': page([]),
  'GET /assets': page([{ id: 'ast_1', value: 'shop.example.com', tags: [], verified: true }]),
});
const cells = (name: RegExp) =>
  within(screen.getByRole('row', { name }))
    .getAllByRole('cell')
    .map((cell) => cell.textContent);

describe('the stage of a part', () => {
  it('is what it said last while it runs, and its state before and after', () => {
    expect(stageOf({ id: 'a', state: 'queued' }, { a: 'http' })).toBe('queued');
    expect(stageOf({ id: 'a', state: 'running' }, {})).toBe('running');
    expect(stageOf({ id: 'a', state: 'running' }, { a: 'http' })).toBe('http');
    expect(stageOf({ id: 'a', state: 'failed' }, { a: 'http' })).toBe('failed');
  });

  it('is no word of somebody else', () => {
    for (const said of ['<b>', 'completed', '__proto__', 'constructor'])
      expect(stageOf({ id: 'a', state: 'running' }, { a: said })).toBe('running');
  });

  it('puts what failed first and what is settled last', () => {
    const jobs = [
      job('a', 'completed', ['done', 'half']),
      job('b', 'failed', ['bad']),
      job('c', 'queued', ['waits']),
      job('d', 'running', ['half', 'strange']),
    ];
    const rows = byAsset(['none', 'done', 'waits', 'half', 'bad'], jobs, { d: 'tls' });
    expect(rows.map(({ asset }) => asset)).toEqual(['bad', 'half', 'none', 'waits', 'done']);
    expect(rows[1]).toEqual({ asset: 'half', parts: 2, at: { completed: 1, tls: 1 } });
  });
});

describe('the grid of a run', () => {
  it('shows at which stage each asset is, and goes on with what is told', async () => {
    const jobs = [
      job('job_a', 'completed', ['ast_1']),
      job('job_b', 'running', ['ast_1', 'ast_2']),
      job('job_c', 'queued', ['ast_3']),
    ];
    const { tell, live } = show(at, answers(run(), page(jobs)));
    const grid = await screen.findByRole('table', { name: 'Stage of each asset' }, PATIENCE);
    const heads = () =>
      within(grid)
        .getAllByRole('columnheader')
        .map((head) => head.textContent);
    await within(grid).findByRole('link', { name: 'shop.example.com' });
    expect(heads()).toContain('Begun');
    await waitFor(() => expect(live.state).toBe('live'), PATIENCE);
    tell('scan.progress', { run_id: 'run_1', job_id: 'job_b', stage: 'tls', host: 'x' });
    await waitFor(() => expect(heads()).not.toContain('Begun'));
    const tls = heads().indexOf('TLS') - 1;
    expect(cells(/ast_2/)[tls]).toBe('1 of 1 part');
    expect(cells(/shop/)[tls]).toBe('1 of 2 parts');
    expect(cells(/shop/)[heads().indexOf('Settled') - 1]).toBe('1 of 2 parts');
    expect(cells(/ast_3/)[heads().indexOf('Waiting') - 1]).toBe('1 of 1 part');
  });

  it('says that nothing is planned, and that nothing will be', async () => {
    const planned = show(at, answers(run({ state: 'queued' }), page([])));
    expect(await screen.findAllByText('Not planned yet.', {}, PATIENCE)).toHaveLength(2);
    planned.cache.clear();
    cleanup();
    show(at, answers(run({ state: 'failed' }), page([])));
    await screen.findByText('It ended before any part of it was planned.', {}, PATIENCE);
  });

  it('shows twenty of many assets until the others are asked for, and says what it counts', async () => {
    const asset_ids = Array.from({ length: 23 }, (_, nth) => `ast_${nth}`);
    const jobs = page([job('job_a', 'failed', asset_ids)], 'more');
    const one = run({ state: 'failed', asset_ids, jobs: { total: 400, done: 0, failed: 1 } });
    show(at, answers(one, jobs));
    const grid = await screen.findByRole('table', { name: 'Stage of each asset' }, PATIENCE);
    expect(within(grid).getAllByRole('rowheader')).toHaveLength(20);
    screen.getByText('Of the newest 1 of 400 parts.');
    await userEvent.click(screen.getByRole('button', { name: 'Show all 23 assets' }));
    expect(within(grid).getAllByRole('rowheader')).toHaveLength(23);
  });

  it('shows a failure with the id to quote', async () => {
    show(
      at,
      answers(run(), () => refusal(500, 'internal.bug', 'something broke')),
    );
    const region = await screen.findByRole('region', { name: 'Stage of each asset' }, PATIENCE);
    expect(await within(region).findByRole('alert', {}, PATIENCE)).toHaveTextContent('req_7');
  });
});
