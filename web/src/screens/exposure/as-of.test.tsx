import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { exposure, me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const answers = {
  'GET /me': me(['exposures:read', 'exposures:act', 'assets:read']),
  'GET /assets': page(),
  'GET /exposures': ({ url }: Request) =>
    url.includes('as_of=')
      ? page(exposure({ title: 'Long gone' }))
      : page(exposure({ title: 'Here today' })),
};
const asked = (url: string) => new URL(url, 'http://x').searchParams;

it('shows the list as it stood at the end of a day, and nothing to decide on', async () => {
  const { router, asked: requests } = show(`/o/${ORG}/exposures?sort=score`, answers);
  await screen.findByText('Here today', {}, PATIENCE);
  screen.getByRole('checkbox', { name: /Here today/ });
  fireEvent.change(screen.getByLabelText('As of'), { target: { value: '2026-11-01' } });
  await screen.findByText('Long gone');
  expect(router.state.location.search).toEqual({ as_of: '2026-11-01', sort: 'score' });
  screen.getByText(/^As it stood at the end of 2026-11-01/);
  const then = requests.map(({ url }) => asked(url)).find((query) => query.has('as_of'));
  expect(then?.get('as_of')).toBe('2026-11-01T23:59:59Z');
  // Decisions and urgency of then are not known, so neither is asked for.
  expect(then?.get('filter')).toBe('state:open,unresponsive');
  expect(then?.has('sort')).toBe(false);
  expect(screen.queryByRole('checkbox')).toBeNull();
  expect(screen.queryByRole('columnheader', { name: 'Due' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Export' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Show it as it stands' }));
  await screen.findByText('Here today');
  expect(router.state.location.search).toEqual({ sort: 'score' });
});

it('offers the days that the plan keeps', async () => {
  const kept = { kept_since: '2026-10-23T00:00:00Z', days: 30, next_days: null, next_from: null };
  show(`/o/${ORG}/exposures`, { ...answers, 'GET /history': kept });
  await screen.findByText('kept since 2026-10-23 by the plan', {}, PATIENCE);
  expect(screen.getByLabelText(/^As of/)).toHaveAttribute('min', '2026-10-23');
});

it('takes no day that is none, and today is as it stands', async () => {
  const { router } = show(`/o/${ORG}/exposures?as_of=2026-02-31`, answers);
  await screen.findByText('Here today', {}, PATIENCE);
  const today = new Date().toISOString().slice(0, 10);
  fireEvent.change(screen.getByLabelText('As of'), { target: { value: today } });
  await waitFor(() => expect(router.state.location.search).toEqual({}));
});

it('says that nothing was known then', async () => {
  show(`/o/${ORG}/exposures?as_of=2020-01-01`, { ...answers, 'GET /exposures': page() });
  await screen.findByText('Nothing was known on 2020-01-01', {}, PATIENCE);
});
