import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';
import * as files from '@/ui/save-file';

vi.mock('@/ui/save-file', { spy: true });

const PATIENCE = { timeout: 20_000 };
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const run = (seq: number, more: object = {}) => ({
  id: `run_${seq}`,
  seq,
  kind: 'on_demand',
  profile: 'baseline',
  policy: 'safe',
  state: 'completed',
  asset_ids: ['ast_1'],
  requested_by: 'usr_1',
  created_at: `2026-11-21T0${seq}:00:00Z`,
  finished_at: `2026-11-21T0${seq}:05:00Z`,
  jobs: { total: 1, done: 1, failed: 0 },
  cells: { planned: 1, settled: 1 },
  ...more,
});
const compared = (nth: number, what: string, more: object = {}) => ({
  exposure_key: `exp1_${nth}`,
  title: `Exposure ${nth}`,
  severity: 'high',
  asset_id: 'ast_1',
  host: 'shop.example.com',
  subject: 'shop.example.com:443/tcp',
  port: 443,
  check_id: 'http.git_config',
  what,
  ...more,
});
const comparison = (more: object = {}) => ({
  comparable: true,
  reasons: [],
  counts: { new: 0, gone: 1, changed: 1, same: 7, not_compared: 1 },
  items: [
    compared(1, 'gone'),
    compared(2, 'changed', { changed_fields: ['server', 'title'] }),
    compared(3, 'not_compared', { reason: 'Scan #2 got no answer.' }),
  ],
  next_cursor: null,
  earlier: 'run_1',
  later: 'run_2',
  ...more,
});
const answers = {
  'GET /me': me(['exposures:read', 'runs:read']),
  'GET /scans/run_1': run(1),
  'GET /scans/run_2': run(2),
  'GET /scans': page(run(2), run(1)),
};
const IT = 'GET /scans/run_2/compare/run_1';

it('shows what is different, whichever run is named first', async () => {
  show(`/o/${ORG}/scans/run_1/compare/run_2`, { ...answers, [IT]: comparison() });
  const gone = await screen.findByRole('region', { name: 'Gone (1)' }, PATIENCE);
  expect(gone).toHaveTextContent('Exposure 1');
  screen.getByRole('heading', { name: 'Scans #1 and #2' });
  expect(screen.getByRole('region', { name: 'Changed (1)' })).toHaveTextContent(
    'Not the same: server, title',
  );
  expect(screen.getByRole('region', { name: 'Not compared (1)' })).toHaveTextContent(
    'Scan #2 got no answer.',
  );
  expect(screen.getByRole('list', { name: 'Counts' })).toHaveTextContent('7 the same');
  expect(screen.queryByText(/^Not comparable/)).toBeNull();
});

it('loads more of it, and exports all, also what is not shown', async () => {
  show(`/o/${ORG}/scans/run_2/compare/run_1`, {
    ...answers,
    [IT]: ({ url }: Request) =>
      url.includes('cursor=c2')
        ? comparison({ items: [compared(4, 'gone')] })
        : comparison({
            items: [compared(1, 'gone')],
            counts: { new: 0, gone: 2, changed: 0, same: 0, not_compared: 0 },
            next_cursor: 'c2',
          }),
  });
  await screen.findByRole('region', { name: 'Gone (2)' }, PATIENCE);
  expect(screen.queryByText('Exposure 4')).toBeNull();
  const saved = vi.spyOn(files, 'saveFile').mockImplementation(() => undefined);
  await userEvent.click(screen.getByRole('button', { name: 'Export as CSV' }));
  await waitFor(() => expect(saved).toHaveBeenCalled());
  const [name, , text] = saved.mock.calls[0] ?? [];
  expect(name).toBe('compare-1-2.csv');
  expect(text?.split('\r\n').map((line) => line.slice(0, 15))).toEqual([
    '"difference","k',
    '"gone","exp1_1"',
    '"gone","exp1_4"',
    '',
  ]);
  await userEvent.click(screen.getByRole('button', { name: 'Load more' }));
  await screen.findByText('Exposure 4');
});

it('says what stands against it, and when there is no difference', async () => {
  show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    [IT]: comparison({
      comparable: false,
      reasons: [{ code: 'scope_differed', says: '1 asset was looked at by scan #2 only.' }],
      counts: { new: 0, gone: 0, changed: 0, same: 3, not_compared: 0 },
      items: [],
    }),
  });
  await screen.findByText('No difference', {}, PATIENCE);
  screen.getByText('3 exposures stand as they were.');
  screen.getByText('1 asset was looked at by scan #2 only.');
});

it('tells nothing to compare from no difference', async () => {
  show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    [IT]: comparison({
      comparable: false,
      reasons: [{ code: 'results_gone', says: 'What run #1 saw is no longer stored.' }],
      counts: { new: 0, gone: 0, changed: 0, same: 0, not_compared: 0 },
      items: [],
    }),
  });
  await screen.findByText('Nothing was compared', {}, PATIENCE);
  expect(screen.queryByText('No difference')).toBeNull();
});

it('compares nothing before both are over', async () => {
  const { asked } = show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    'GET /scans/run_2': run(2, { state: 'running', finished_at: null }),
  });
  await screen.findByText('Both runs have to be over first.', {}, PATIENCE);
  expect(asked.some(({ url }) => url.includes('/compare/'))).toBe(false);
});

it('shows a refusal with the id to quote', async () => {
  show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    [IT]: refusal(404, 'run.not_found', 'there is no such run'),
  });
  expect(await screen.findByRole('alert', {}, PATIENCE)).toHaveTextContent('req_7');
});
