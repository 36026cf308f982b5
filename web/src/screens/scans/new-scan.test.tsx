import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const asset = (nth: number, verified = true) => ({
  id: `ast_${nth}`,
  kind: 'domain',
  value: `host${nth}.example.com`,
  verified,
});
const run = {
  id: 'run_7',
  kind: 'on_demand',
  profile: 'deep',
  policy: 'passive',
  state: 'partial',
  asset_ids: ['ast_1', 'ast_2', 'ast_900'],
  seq: 7,
  created_at: '2026-11-21T06:00:00Z',
  jobs: { total: 1, done: 0, failed: 1 },
  cells: { planned: 1, settled: 1 },
  requested_by: 'usr_1',
};
const answers = {
  'GET /me': me(['runs:create', 'runs:read', 'assets:read']),
  'GET /pools': { items: [], used: 0 },
  'GET /assets': { items: [asset(1), asset(2, false), asset(3)], next_cursor: 'more' },
  'GET /scans/run_7': run,
  'POST /scans': { hosts: 1, cells: 10, jobs: 1, refused: [] },
};
const asked = async (requests: Request[]) => {
  const posts = requests.filter(({ method }) => method === 'POST');
  return posts.at(-1)?.clone().json();
};

it('scans every verified asset where not all can be listed, until some are chosen', async () => {
  const { asked: requests } = show(`/o/${ORG}/scans/new`, answers);
  const every = await screen.findByLabelText(/^Every verified asset, also those/, {}, PATIENCE);
  expect(every).toBeChecked();
  await userEvent.click(screen.getByRole('button', { name: 'What would be touched?' }));
  await waitFor(async () => expect(await asked(requests)).toMatchObject({ asset_ids: [] }));
  await userEvent.click(every);
  expect(screen.getByRole('button', { name: 'Scan 0 assets' })).toBeDisabled();
  await userEvent.click(screen.getByLabelText('host3.example.com'));
  await userEvent.click(screen.getByRole('button', { name: 'What would be touched?' }));
  await waitFor(async () => expect(await asked(requests)).toMatchObject({ asset_ids: ['ast_3'] }));
});

it('takes over what a run before looked at, and how', async () => {
  const { asked: requests } = show(`/o/${ORG}/scans/new?like=run_7`, answers);
  await screen.findByText(/are those of #7/, {}, PATIENCE);
  expect(screen.getByLabelText(/^Deep/)).toBeChecked();
  await userEvent.click(screen.getByRole('button', { name: 'What would be touched?' }));
  // What lost its proof is left out; what is not listed here is asked for all the same.
  await waitFor(async () =>
    expect(await asked(requests)).toMatchObject({
      asset_ids: ['ast_1', 'ast_900'],
      profile: 'deep',
      policy: 'passive',
    }),
  );
});

it('offers private pools where there are some, and says which have no scanner', async () => {
  const office = { id: 'pol_1', name: 'Office', workers: 0 };
  const { asked: requests } = show(`/o/${ORG}/scans/new`, {
    ...answers,
    'GET /pools': { items: [office], used: 1 },
  });
  const pool = await screen.findByLabelText('Scanned by', {}, PATIENCE);
  await userEvent.selectOptions(pool, 'Office (no scanner)');
  await userEvent.click(screen.getByRole('button', { name: 'What would be touched?' }));
  await waitFor(async () => expect(await asked(requests)).toMatchObject({ pool: 'pol_1' }));
});

it('says how long it will take by what scans before took, and makes up nothing', async () => {
  const before = {
    ...run,
    state: 'completed',
    started_at: '2026-11-21T06:00:00Z',
    finished_at: '2026-11-21T06:04:00Z',
    cells: { planned: 10, settled: 10 },
  };
  show(`/o/${ORG}/scans/new`, {
    ...answers,
    'GET /scans': { items: [before, { ...before, profile: 'baseline' }], next_cursor: null },
  });
  await userEvent.click(
    await screen.findByRole('button', { name: 'What would be touched?' }, PATIENCE),
  );
  const plan = await screen.findByRole('region', { name: 'What would be touched' }, PATIENCE);
  await waitFor(() =>
    expect(plan).toHaveTextContent('Will takeabout 4 minutes once it begins, as 1 scan before'),
  );
  await userEvent.click(screen.getByLabelText(/^Fast/));
  await userEvent.click(screen.getByRole('button', { name: 'What would be touched?' }));
  await screen.findByText(/^not known before the first scan of this profile/, {}, PATIENCE);
});

it('says that it could not look at the scans before', async () => {
  show(`/o/${ORG}/scans/new`, {
    ...answers,
    'GET /scans': () => refusal(403, 'auth.forbidden', 'not for you'),
  });
  await userEvent.click(
    await screen.findByRole('button', { name: 'What would be touched?' }, PATIENCE),
  );
  await screen.findByText(/the scans before could not be read/, {}, PATIENCE);
});
