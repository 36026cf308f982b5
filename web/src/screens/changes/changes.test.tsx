import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { dashboard, event, exposure, isOfScreen, me, ORG, refusal, show } from '@/app/test-app';

const at = `/o/${ORG}/changes`;
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const answers = { 'GET /me': me(), 'GET /dashboard': dashboard() };
const PATIENCE = { timeout: 20_000 };

describe('the feed', () => {
  it('says why it is empty and what to do', async () => {
    show(at, { ...answers, 'GET /changes': page() });
    await screen.findByText('Nothing was scanned yet', {}, PATIENCE);
    expect(screen.getByRole('link', { name: 'Go to the first steps' })).toHaveAttribute(
      'href',
      `/o/${ORG}/start`,
    );
  });

  it('keeps its filter in the address and asks the API for it', async () => {
    const { asked, router } = show(`${at}?severity=high&nonsense=1`, {
      ...answers,
      'GET /changes': page(event(1)),
    });
    await screen.findByText('Exposure 1', {}, PATIENCE);
    await userEvent.click(screen.getByRole('button', { name: /^Fixed/ }));
    await waitFor(() =>
      expect(router.state.location.search).toEqual({ type: 'FIXED', severity: 'high' }),
    );
    expect(router.state.location.href).not.toContain('nonsense');
    await waitFor(() =>
      expect(asked.some(({ url }) => /type=FIXED/.test(url) && /severity=high/.test(url))).toBe(
        true,
      ),
    );
  });

  it('does not move what is being read when something new arrives', async () => {
    let rows = page(event(1));
    const { live, tell } = show(at, { ...answers, 'GET /changes': () => rows });
    await screen.findByText('Exposure 1', {}, PATIENCE);
    await waitFor(() => expect(live.state).toBe('live'));
    rows = page(event(2), event(1));
    tell('exposure.changed', { key: 'exp1_2', type: 'NEW', run_id: 'run_2' });
    const more = await screen.findByRole('button', { name: '1 new: show' });
    expect(screen.queryByText('Exposure 2')).toBeNull();
    await userEvent.click(more);
    await screen.findByText('Exposure 2');
    expect(screen.queryByRole('button', { name: /new: show/ })).toBeNull();
  });

  it('loads the next page by its cursor', async () => {
    const { asked } = show(at, {
      ...answers,
      'GET /changes': ({ url }: Request) =>
        url.includes('cursor=c2') ? page(event(2)) : { items: [event(1)], next_cursor: 'c2' },
    });
    await screen.findByText('Exposure 1', {}, PATIENCE);
    await userEvent.click(screen.getByRole('button', { name: 'Load more' }));
    await screen.findByText('Exposure 2');
    expect(screen.getByText('Exposure 1')).toBeInTheDocument();
    expect(asked.filter(isOfScreen)).toHaveLength(2);
  });

  it('shows a refusal with the id to quote', async () => {
    show(at, {
      ...answers,
      'GET /changes': refusal(403, 'auth.forbidden', 'You may not see this.'),
    });
    expect(await screen.findByRole('alert', {}, PATIENCE)).toHaveTextContent(
      'You may not see this.',
    );
    expect(screen.getByRole('alert')).toHaveTextContent('req_7');
  });
});

it('sends who is not signed in to the door, with the way back', async () => {
  const { router } = show(`${at}?type=NEW`, { 'GET /me': refusal(401, 'auth.required', 'no') });
  await screen.findByRole('heading', { name: 'Sign in' }, PATIENCE);
  expect(router.state.location.search).toEqual({ return_to: `${at}?type=NEW` });
});

describe('what to do next', () => {
  const run = {
    id: 'run_1',
    finished_at: '2026-11-21T06:00:00Z',
    created_at: '2026-11-21T05:00:00Z',
  };
  const urgent = exposure({ key: 'exp1_9', title: 'Telnet open to all', score: 93, kev: true });
  const scanned = {
    ...answers,
    'GET /dashboard': { ...dashboard(), last_run: run, next: [urgent] },
  };

  it('is the most urgent that nobody decided upon, with how urgent it is', async () => {
    show(at, { ...scanned, 'GET /changes': page(event(1)) });
    const link = await screen.findByRole('link', { name: 'Telnet open to all' }, PATIENCE);
    expect(link).toHaveAttribute('href', `/o/${ORG}/exposures/exp1_9`);
    expect(screen.getByText('Urgency 93 of 100')).toBeInTheDocument();
    expect(screen.getByText('Attacked')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'All that wait' })).toHaveAttribute(
      'href',
      expect.stringMatching(/filter=state:open,unresponsive%20decision:none&sort=score$/),
    );
  });

  it('leaves a filtered feed alone', async () => {
    show(`${at}?severity=high`, { ...scanned, 'GET /changes': page(event(1)) });
    await screen.findByText('Exposure 1', {}, PATIENCE);
    expect(screen.queryByRole('region', { name: 'What to do next' })).toBeNull();
  });
});
