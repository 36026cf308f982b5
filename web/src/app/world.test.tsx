import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { dashboard, event, isOfScreen, me, ORG, show } from './test-app';

const PATIENCE = { timeout: 20_000 };
const OTHER = 'org_01BX5ZZKBKACTAV9WEVGEMMVRZ';
const page = (...items: unknown[]) => ({ items, next_cursor: null });

/** A session that is in one organization, and answers with what is that one's. */
function session() {
  let here = ORG;
  let arrive: () => void = () => undefined;
  const gate = new Promise<void>((open) => {
    arrive = open;
  });
  const both = [
    { tenant_key: ORG, name: 'Acme', role: 'owner' },
    { tenant_key: OTHER, name: 'Zenith', role: 'viewer' },
  ] as const;
  const answers = {
    'GET /me': () => ({
      ...me(['exposures:read', 'runs:read', 'organization:read']),
      organization: both.find(({ tenant_key }) => tenant_key === here),
      organizations: both,
    }),
    'POST /auth/switch': async () => {
      here = OTHER;
      await gate;
      return {};
    },
    'GET /dashboard': dashboard(),
    'GET /changes': () => page(event(1, { title: here === ORG ? 'Of Acme' : 'Of Zenith' })),
  };
  return { answers, arrive: () => arrive() };
}

it('shows nothing of one organization while and after it goes to another', async () => {
  const { answers, arrive } = session();
  const { router, asked } = show(`/o/${ORG}/changes`, answers);
  await screen.findByText('Of Acme', {}, PATIENCE);
  const went = router.navigate({ to: '/o/$org/changes', params: { org: OTHER } });
  await waitFor(() => expect(asked.some(({ url }) => url.endsWith('/auth/switch'))).toBe(true));
  // The session is in the other one already; whatever were read now would be that one's.
  expect(screen.queryByText('Of Acme')).toBeNull();
  screen.getByText('Reading the organization…');
  const before = asked.filter(isOfScreen).length;
  arrive();
  await went;
  await screen.findByText('Of Zenith', {}, PATIENCE);
  expect(screen.queryByText('Of Acme')).toBeNull();
  expect(asked.filter(isOfScreen)).toHaveLength(before + 1);
});

it('covers the screen of a tab that another tab took the session from', async () => {
  const { answers } = session();
  const { cache } = show(`/o/${ORG}/changes`, answers);
  await screen.findByText('Of Acme', {}, PATIENCE);
  const channel = new BroadcastChannel('watchtower.session');
  const { followTabs } = await import('./session');
  followTabs(cache, () => undefined);
  channel.postMessage({ entered: OTHER });
  await screen.findByRole('button', { name: 'Continue in Acme' }, PATIENCE);
  await waitFor(() => expect(screen.queryByText('Of Acme')).toBeNull());
  channel.close();
});
