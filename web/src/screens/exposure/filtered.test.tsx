import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { exposure, me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const at = `/o/${ORG}/exposures`;
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const items = [
  exposure({ key: 'exp1_1', title: 'Git', host: 'b.example.com', severity: 'high' }),
  exposure({
    key: 'exp1_2',
    title: 'Old TLS',
    host: 'a.example.com',
    check_id: 'tls.old',
    assignee: 'usr_9',
    severity: 'low',
  }),
  exposure({ key: 'exp1_3', title: 'Telnet', host: 'b.example.com', severity: 'low' }),
];
const answers = {
  'GET /me': me(['exposures:read', 'assets:read']),
  'GET /exposures': page(...items),
  'GET /assets': page({ id: 'ast_1', kind: 'domain', value: 'shop.example.com' }),
};
const box = () => screen.findByRole('combobox', { name: 'Filter of exposures' }, PATIENCE);
const filterOf = (url: string) => new URL(url, 'http://x').searchParams.get('filter');
const titles = () => screen.getAllByRole('row').map((row) => row.textContent ?? '');

beforeEach(() => localStorage.clear());

it('narrows by what is completed in the box, in the address, the question and the export', async () => {
  const { router, asked } = show(at, answers);
  const input = await box();
  expect(input).toHaveValue('state:open,unresponsive -decision:accept_risk,false_positive');
  await userEvent.clear(input);
  await userEvent.type(input, 'sev{ArrowDown}{Enter}');
  expect(input).toHaveValue('severity:');
  await userEvent.type(input, 'hi{ArrowDown}{Enter}asset:');
  await userEvent.click(await screen.findByRole('option', { name: 'shop.example.com' }, PATIENCE));
  await userEvent.type(input, '{Escape}{Enter}');
  const filter = 'severity:high asset:shop.example.com';
  await waitFor(() => expect(router.state.location.search).toEqual({ filter }));
  await waitFor(() => expect(asked.some(({ url }) => filterOf(url) === filter)).toBe(true));
  await userEvent.click(await screen.findByRole('button', { name: 'Export' }));
  const link = await screen.findByRole('menuitem', { name: 'CSV of this filter' });
  expect(filterOf(link.getAttribute('href') ?? '')).toBe(filter);
});

it('shows the term that the API did not understand, in its place', async () => {
  const fields = [{ field: 'filter', reason: 'severity: expected one of info, low' }];
  const no = { status: 422, code: 'request.invalid_field', detail: 'no', fields, request_id: 'r' };
  show(`${at}?filter=state:open severity:hgih`, {
    ...answers,
    'GET /exposures': () => Response.json(no, { status: 422 }),
  });
  const input = await box();
  await waitFor(() => expect(input).toHaveAttribute('aria-invalid', 'true'), PATIENCE);
  expect(input).toHaveAccessibleDescription(/At character 12: severity: expected one of/);
  expect(document.querySelector('mark')).toHaveTextContent('severity:hgih');
});

it('writes what is chosen beside the box into it', async () => {
  const { router } = show(`${at}?filter=tls`, answers);
  await box();
  await userEvent.selectOptions(screen.getByLabelText('Severity'), 'High and worse');
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ filter: 'tls severity>=high' }),
  );
  await userEvent.selectOptions(screen.getByLabelText('Severity'), 'Any');
  await userEvent.clear(await box());
  await userEvent.type(await box(), '{Escape}{Enter}');
  await waitFor(() => expect(router.state.location.search).toEqual({ all: 'yes' }));
});

it('puts rows together and orders them, and says so in the address', async () => {
  const { router } = show(at, answers);
  await screen.findByText('Git', {}, PATIENCE);
  await userEvent.selectOptions(screen.getByLabelText('Order'), 'Name');
  await userEvent.selectOptions(screen.getByLabelText('Group by'), 'Asset');
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ sort: 'title', group: 'asset' }),
  );
  const heads = await screen.findAllByRole('rowheader');
  expect(heads.map((head) => head.textContent)).toEqual([
    'b.example.com 2 exposures',
    'a.example.com 1 exposure',
  ]);
  expect(titles().findIndex((row) => row.includes('Old TLS'))).toBe(5);
});

it('remembers the columns of each person', async () => {
  show(at, answers);
  await screen.findByText('Git', {}, PATIENCE);
  await userEvent.click(screen.getByRole('button', { name: 'Columns' }));
  const menu = await screen.findByRole('menu');
  await userEvent.click(within(menu).getByRole('menuitemcheckbox', { name: 'Last seen' }));
  await userEvent.click(within(menu).getByRole('menuitemcheckbox', { name: 'Taken care of by' }));
  expect(await screen.findByText('usr_9')).toBeInTheDocument();
  expect(screen.queryByRole('columnheader', { name: 'Last seen' })).toBeNull();
  expect(localStorage.getItem('watchtower.columns.exposures.usr_1')).toBe(
    'severity,score,where,state,assignee,due,first_seen',
  );
});
