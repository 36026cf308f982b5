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

const schedule = {
  id: 'sch_1',
  name: 'Every morning',
  asset_ids: [],
  profile: 'deep',
  policy: 'passive',
  ports: '443',
  pool: '',
  every: 'week',
  weekday: 5,
  day: 0,
  at: '02:15',
  zone: 'Europe/Berlin',
  paused: true,
  next_at: '2026-11-27T01:15:00Z',
  created_by: 'usr_1',
  created_at: '2026-11-21T06:00:00Z',
};

it('keeps a schedule instead of a scan where it is to come by itself', async () => {
  const { asked: requests } = show(`/o/${ORG}/scans/new`, {
    ...answers,
    'POST /schedules': schedule,
    'GET /schedules': { items: [schedule], next_cursor: null },
    'GET /scans': { items: [], next_cursor: null },
  });
  await userEvent.click(await screen.findByLabelText(/^By itself/, {}, PATIENCE));
  await userEvent.type(screen.getByLabelText('Name'), 'Fridays');
  await userEvent.selectOptions(screen.getByLabelText('On'), 'Friday');
  await userEvent.click(screen.getByRole('button', { name: 'Keep the schedule' }));
  await screen.findByRole('heading', { name: 'By themselves' }, PATIENCE);
  const sent = await asked(requests);
  expect(sent).toMatchObject({ name: 'Fridays', every: 'week', weekday: 5, at: '06:30' });
  expect(sent).toMatchObject({ asset_ids: [], profile: 'baseline', policy: 'safe' });
  expect(sent).not.toHaveProperty('dry_run');
  expect(requests.find(({ method }) => method === 'POST')?.url).toMatch(/\/schedules$/);
});

it('takes over a schedule that is changed, and sends it whole', async () => {
  const { asked: requests } = show(`/o/${ORG}/scans/new?schedule=sch_1`, {
    ...answers,
    'GET /schedules': { items: [schedule], next_cursor: null },
    'GET /scans': { items: [], next_cursor: null },
    'PUT /schedules/sch_1': schedule,
  });
  await screen.findByRole('heading', { name: 'Change a schedule' }, PATIENCE);
  expect(screen.getByLabelText(/^Deep/)).toBeChecked();
  expect(screen.getByLabelText('Ports')).toHaveValue('443');
  await userEvent.selectOptions(screen.getByLabelText('How often'), 'every day');
  await userEvent.click(screen.getByRole('button', { name: 'Keep the schedule' }));
  await waitFor(() => expect(requests.some(({ method }) => method === 'PUT')).toBe(true));
  expect(
    await requests
      .find(({ method }) => method === 'PUT')
      ?.clone()
      .json(),
  ).toMatchObject({
    name: 'Every morning',
    asset_ids: [],
    every: 'day',
    at: '02:15',
    ports: '443',
    paused: true,
  });
});

it('says that a schedule to change is gone', async () => {
  show(`/o/${ORG}/scans/new?schedule=sch_9`, {
    ...answers,
    'GET /schedules': { items: [schedule], next_cursor: null },
  });
  await screen.findByText('There is no such schedule', {}, PATIENCE);
});

it('lists schedules with what became of the last time, and pauses them', async () => {
  const { asked: requests } = show(`/o/${ORG}/scans`, {
    ...answers,
    'GET /scans': { items: [], next_cursor: null },
    'GET /schedules': {
      items: [
        { ...schedule, paused: false, last_at: '2026-11-20T01:15:00Z', last_run_id: 'run_7' },
        {
          ...schedule,
          id: 'sch_2',
          name: 'Left out',
          last_at: '2026-11-20T01:15:00Z',
          last_skipped: 'the organization has no verified asset',
        },
      ],
      next_cursor: null,
    },
    'PUT /schedules/sch_1': schedule,
  });
  await screen.findByRole('link', { name: 'Scan of Every morning' }, PATIENCE);
  expect(screen.getAllByText('Fridays, 02:15 Europe/Berlin')).toHaveLength(2);
  screen.getByText(/the organization has no verified asset/);
  await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
  await waitFor(() => expect(requests.some(({ method }) => method === 'PUT')).toBe(true));
  const sent = await requests
    .find(({ method }) => method === 'PUT')
    ?.clone()
    .json();
  expect(sent).toMatchObject({ paused: true, name: 'Every morning' });
  expect(sent).not.toHaveProperty('next_at');
});
