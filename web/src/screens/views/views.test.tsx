import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { exposure, me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const at = `/o/${ORG}/exposures`;
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const view = (more: object = {}) => ({
  id: 'viw_1',
  name: 'Edge, overdue',
  filter: 'tag:edge sla:breached',
  columns: ['score', 'tags'],
  sort: 'score',
  shared: true,
  owner: 'usr_1',
  version: 2,
  ...more,
});
const answers = {
  'GET /me': me(['exposures:read']),
  'GET /exposures': page(exposure({ tags: ['edge'] })),
  'GET /views': page(view(), view({ id: 'viw_2', name: 'Not mine', owner: 'usr_9', columns: [] })),
};
const menu = async () => {
  await userEvent.click(await screen.findByRole('button', { name: 'Views' }, PATIENCE));
  return screen.findByRole('menu');
};

beforeEach(() => localStorage.clear());

it('opens with its filter, its order and its columns', async () => {
  const { router } = show(at, answers);
  await userEvent.click(within(await menu()).getByRole('menuitem', { name: /^Edge, overdue/ }));
  await waitFor(() =>
    expect(router.state.location.search).toEqual({
      filter: 'tag:edge sla:breached',
      sort: 'score',
    }),
  );
  await screen.findByRole('columnheader', { name: 'Tags' }, PATIENCE);
  expect(screen.queryByRole('columnheader', { name: 'State' })).toBeNull();
});

it('keeps what is shown with a name, and says why it could not', async () => {
  let answer: () => unknown = () => refusal(409, 'view.name_taken', 'you have one of that name');
  const { asked } = show(`${at}?filter=port:22&sort=score`, {
    ...answers,
    'POST /views': () => answer(),
  });
  await userEvent.click(within(await menu()).getByRole('menuitem', { name: 'Keep this view…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Keep this view' });
  await userEvent.type(within(dialog).getByLabelText('Name'), 'SSH');
  await userEvent.click(within(dialog).getByLabelText(/^Everybody/));
  await userEvent.click(within(dialog).getByRole('button', { name: 'Keep it' }));
  await within(dialog).findByText('you have one of that name', {}, PATIENCE);
  answer = () => view({ name: 'SSH' });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Keep it' }));
  await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Keep this view' })).toBeNull());
  const posts = asked.filter(({ method }) => method === 'POST');
  expect(await posts.at(-1)?.json()).toEqual({
    name: 'SSH',
    filter: 'port:22',
    columns: ['severity', 'score', 'where', 'state', 'due', 'first_seen', 'last_seen'],
    sort: 'score',
    shared: true,
  });
});

it('offers to change only what one may, and changes what was read', async () => {
  const { asked } = show(`${at}?filter=port:22`, {
    ...answers,
    'PUT /views/viw_1': view({ version: 3 }),
  });
  await userEvent.click(within(await menu()).getByRole('menuitem', { name: 'Manage views…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Views' });
  expect(within(dialog).getAllByRole('button', { name: 'Remove' })).toHaveLength(1);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Replace by what is shown' }));
  await screen.findAllByText('Edge, overdue is what is shown now.', {}, PATIENCE);
  const put = asked.find(({ method }) => method === 'PUT');
  expect(put?.headers.get('if-match')).toBe('"2"');
  expect(await put?.json()).toMatchObject({ name: 'Edge, overdue', filter: 'port:22' });
});
