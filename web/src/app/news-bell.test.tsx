import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { HOSTILE } from '@/app/hostile-strings';
import { event, me, ORG, refusal, show } from '@/app/test-app';
import { visible } from '@/ui/inert';

const PATIENCE = { timeout: 20_000 };
const page = (items: unknown[], next_cursor: string | null = null) => ({ items, next_cursor });
const SEEN = `watchtower.news.${ORG}.usr_1`;
const now = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const answers = {
  'GET /me': me(['exposures:read']),
  'GET /exposures': page([]),
};
const at = `/o/${ORG}/exposures`;
const asksBell = ({ url }: Request) => url.includes('/changes?') && url.includes('severity=high');

beforeEach(() => localStorage.clear());

it('counts what happened since the last look, lists it, and has it seen then', async () => {
  const newest = now(-60);
  const items = [event(2, { at: newest, title: 'Second' }), event(1, { at: now(-90) })];
  const { asked, router } = show(at, {
    ...answers,
    'GET /changes': (request: Request) =>
      // As the API does: from that moment on, itself included.
      page(
        items.filter((each) => each.at >= (new URL(request.url).searchParams.get('since') ?? '')),
      ),
  });
  const bell = await screen.findByRole('button', { name: 'Notifications, 2 unread' }, PATIENCE);
  expect(asked.filter(asksBell)[0]?.url).toContain('type=NEW%2CREOPENED');
  await userEvent.click(bell);
  const link = await screen.findByRole('link', { name: 'Second' });
  expect(link).toHaveAttribute('href', `/o/${ORG}/exposures/exp1_2`);
  screen.getByText(/2 of high severity or worse since/);
  expect(localStorage.getItem(SEEN)).toBe(newest);
  // It stays to be read, and is unread no more.
  await screen.findByRole('button', { name: 'Notifications', hidden: true }, PATIENCE);
  screen.getByRole('link', { name: 'Second' });
  await userEvent.click(screen.getByRole('link', { name: /^All changes of high/ }));
  await waitFor(() => expect(router.state.location.search).toEqual({ severity: 'high' }));
  await waitFor(() => expect(screen.queryByText('What happened')).toBeNull());
});

it('says since when nothing happened', async () => {
  localStorage.setItem(SEEN, now(-3_600));
  show(at, { ...answers, 'GET /changes': page([]) });
  const bell = await screen.findByRole('button', { name: 'Notifications' }, PATIENCE);
  await userEvent.click(bell);
  await screen.findByText(/Nothing of high severity or worse since/);
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByText('What happened')).toBeNull());
});

it('looks again once, however much is told', async () => {
  let items: unknown[] = [];
  const { asked, tell, live } = show(at, { ...answers, 'GET /changes': () => page(items) });
  await screen.findByRole('button', { name: 'Notifications' }, PATIENCE);
  await waitFor(() => expect(live.state).toBe('live'), PATIENCE);
  const before = asked.filter(asksBell).length;
  vi.useFakeTimers({ shouldAdvanceTime: true });
  items = [event(1, { at: now(0) })];
  for (let nth = 0; nth < 30; nth += 1) tell('exposure.changed', { key: `exp1_${nth}` });
  await vi.advanceTimersByTimeAsync(6_000);
  vi.useRealTimers();
  await screen.findByRole('button', { name: 'Notifications, 1 unread' }, PATIENCE);
  expect(asked.filter(asksBell).length).toBe(before + 1);
});

it('counts no further than it asks for', async () => {
  const items = Array.from({ length: 50 }, (_, nth) => event(nth, { at: now(-nth) }));
  show(at, { ...answers, 'GET /changes': page(items, 'more') });
  await screen.findByRole('button', { name: 'Notifications, 50+ unread' }, PATIENCE);
});

it('shows a failure with the id to quote', async () => {
  show(at, { ...answers, 'GET /changes': () => refusal(500, 'internal.bug', 'something broke') });
  await userEvent.click(await screen.findByRole('button', { name: 'Notifications' }, PATIENCE));
  await waitFor(() => expect(screen.getByRole('dialog')).toHaveTextContent('req_7'), PATIENCE);
});

it('is not there for who may not read exposures', async () => {
  const { asked } = show(`/o/${ORG}/start`, { ...answers, 'GET /me': me([]) });
  await screen.findByRole('navigation', { name: 'Screens' }, PATIENCE);
  expect(screen.queryByRole('button', { name: /^Notifications/ })).toBeNull();
  expect(asked.some(asksBell)).toBe(false);
});

it('keeps what a host says as text', async () => {
  const texts = HOSTILE.slice(0, 12);
  const items = texts.map((text, nth) => event(nth, { title: text, host: text, at: now(-nth) }));
  show(at, { ...answers, 'GET /changes': page(items) });
  await userEvent.click(await screen.findByRole('button', { name: /12 unread/ }, PATIENCE));
  const dialog = await screen.findByRole('dialog', {}, PATIENCE);
  for (const text of texts) expect(dialog).toHaveTextContent(visible(text).replace(/\s+/g, ' '));
  expect(dialog.querySelectorAll('script, img, iframe, svg [onload]')).toHaveLength(0);
  expect((window as { hurt?: number }).hurt).toBeUndefined();
});
