import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { exposure, me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const at = `/o/${ORG}/exposures`;
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const items = [1, 2, 3].map((nth) => exposure({ key: `exp1_${nth}`, title: `Exposure ${nth}` }));
const answers = {
  'GET /me': me(['exposures:read', 'exposures:act', 'organization:read']),
  'GET /exposures': page(...items),
};
const bulk = (more: object = {}) => ({
  id: 'blk_1',
  kind: 'acknowledge',
  applied: 2,
  unsuitable: 0,
  by: 'usr_1',
  at: '2026-11-21T06:00:00Z',
  ...more,
});
/** Not the words of the choices. */
const badge = { selector: 'td span' };
const chooseTwo = async () => {
  await userEvent.click(await screen.findByLabelText('Select Exposure 1', {}, PATIENCE));
  await userEvent.click(screen.getByLabelText('Select Exposure 2'));
};
const sent = (asked: Request[], path: string) => {
  const posts = asked.filter(({ method, url }) => method === 'POST' && url.endsWith(path));
  return posts.at(-1)?.clone().json();
};

it('is shown at once, and can be undone', async () => {
  let decided: string[] = [];
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((open) => {
    answer = open;
  });
  const { asked } = show(at, {
    ...answers,
    'GET /exposures': () =>
      page(
        ...items.map((item) =>
          decided.includes(item.key) ? { ...item, decision: 'acknowledge' } : item,
        ),
      ),
    'POST /bulk-actions': async () => {
      await answered;
      decided = ['exp1_1', 'exp1_2'];
      return bulk();
    },
    'POST /bulk-actions/blk_1/undo': () => {
      decided = [];
      return bulk({ id: 'blk_2', undoes: 'blk_1' });
    },
  });
  await chooseTwo();
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge' }));
  await waitFor(() => expect(screen.getAllByText('Acknowledged', badge)).toHaveLength(2));
  expect(await sent(asked, '/bulk-actions')).toEqual({
    selection: { keys: ['exp1_1', 'exp1_2'] },
    action: { kind: 'acknowledge' },
  });
  answer();
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }, PATIENCE));
  await waitFor(() => expect(screen.queryByText('Acknowledged', badge)).toBeNull(), PATIENCE);
});

it('falls back when it is refused, and says why', async () => {
  show(at, {
    ...answers,
    'POST /bulk-actions': refusal(409, 'exposure.busy', 'somebody else was quicker'),
  });
  await chooseTwo();
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge' }));
  await screen.findAllByText(/somebody else was quicker/, {}, PATIENCE);
  await waitFor(() => expect(screen.queryByText('Acknowledged', badge)).toBeNull());
  expect(screen.getByText('2 selected')).toBeInTheDocument();
});

it('is about everything that matches, after it was seen how many that are', async () => {
  const { asked } = show(`${at}?filter=tag:edge`, {
    ...answers,
    'POST /bulk-actions/preview': { matching: 1234, suitable: 1200, too_many: false, limit: 10000 },
    'POST /bulk-actions': bulk({ kind: 'accept_risk', applied: 1200, unsuitable: 34 }),
  });
  await chooseTwo();
  await userEvent.click(screen.getByRole('button', { name: 'Everything that matches' }));
  await screen.findByText('All 1,234 exposures that match', {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Accept risk…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Accept the risk' });
  await within(dialog).findByText(/^1,200 exposures of 1,234. 34 exposures stay/, {}, PATIENCE);
  await userEvent.type(within(dialog).getByLabelText(/^Why is the risk/), 'behind a VPN soon');
  await userEvent.type(within(dialog).getByLabelText('Until'), '2030-01-31');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Accept the risk' }));
  await screen.findAllByText(/^1,200 exposures: risk accepted. 34 exposures stayed/, {}, PATIENCE);
  expect(await sent(asked, '/bulk-actions')).toMatchObject({
    selection: { filter: 'tag:edge' },
    action: { kind: 'accept_risk', reason: 'behind a VPN soon' },
    expected: 1234,
  });
  expect(screen.queryByRole('region', { name: 'Selected' })).toBeNull();
});

it('offers nothing where too many match', async () => {
  show(at, {
    ...answers,
    'POST /bulk-actions/preview': { matching: 10000, suitable: 0, too_many: true, limit: 10000 },
  });
  await chooseTwo();
  await userEvent.click(screen.getByRole('button', { name: 'Everything that matches' }));
  await screen.findByText('More than 10,000 match', {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Tag…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add tags' });
  await within(dialog).findByText(/narrow the filter first/, {}, PATIENCE);
  expect(within(dialog).getByRole('button', { name: 'Add tags' })).toBeDisabled();
});
