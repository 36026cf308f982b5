import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { event, me, ORG, refusal, show } from '@/app/test-app';
import * as files from '@/ui/save-file';

vi.mock('@/ui/save-file', { spy: true });

const PATIENCE = { timeout: 10_000 };
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
const answers = {
  'GET /me': me(['exposures:read', 'runs:read']),
  'GET /scans/run_1': run(1),
  'GET /scans/run_2': run(2),
  'GET /scans': page(run(2), run(1)),
};
const at = '2026-11-21T02:04:00Z';

it('shows what is different, whichever run is named first', async () => {
  show(`/o/${ORG}/scans/run_2/compare/run_1`, {
    ...answers,
    'GET /changes': page(
      event(1, { at, run_id: 'run_2', type: 'FIXED' }),
      event(2, { at, run_id: 'run_2', type: 'UNRESPONSIVE' }),
      // Of the earlier one, recorded as it ended, and of an asset that only one looked at: not between them.
      event(3, { at: '2026-11-21T01:05:01Z', run_id: 'run_1' }),
      event(4, { at, run_id: 'run_2', asset_id: 'ast_9' }),
    ),
  });
  await screen.findByRole('region', { name: 'Fixed (1)' }, PATIENCE);
  screen.getByRole('heading', { name: 'Scans #1 and #2' });
  expect(screen.getByRole('region', { name: 'Went silent (1)' })).toHaveTextContent('Exposure 2');
  expect(screen.queryByText('Exposure 3')).toBeNull();
  expect(screen.queryByText('Exposure 4')).toBeNull();
  expect(screen.queryByText(/^Not comparable/)).toBeNull();
  const saved = vi.spyOn(files, 'saveFile').mockImplementation(() => undefined);
  await userEvent.click(screen.getByRole('button', { name: 'Export as CSV' }));
  const [name, , text] = saved.mock.calls[0] ?? [];
  expect(name).toBe('compare-1-2.csv');
  expect(text?.split('\r\n').map((line) => line.slice(0, 17))).toEqual([
    '"difference","key',
    '"fixed","exp1_1",',
    '"silent","exp1_2"',
    '',
  ]);
});

it('says what stands against it, and when there is no difference', async () => {
  show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    'GET /scans/run_2': run(2, { asset_ids: ['ast_1', 'ast_2'] }),
    'GET /changes': page(),
  });
  await screen.findByText('No difference', {}, PATIENCE);
  screen.getByText('1 asset was looked at only by the later.');
});

it('shows a refusal with the id to quote', async () => {
  show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    'GET /scans/run_2': refusal(404, 'run.not_found', 'there is no such run'),
  });
  expect(await screen.findByRole('alert', {}, PATIENCE)).toHaveTextContent('req_7');
});
