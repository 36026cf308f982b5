import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { dashboard, exposure, me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const page = { items: [], next_cursor: null };
const answers = {
  'GET /me': me(['exposures:read']),
  'GET /dashboard': dashboard(),
  'GET /changes': page,
  'GET /exposures': page,
  'GET /exposures/exp1_1': exposure(),
  'GET /exposures/exp1_1/timeline': page,
  'GET /exposures/exp1_1/explain': { state: 'open', because: [], to_be_fixed: [] },
};

it.each([
  ['changes?type=NEW&severity=high&since=7d', 'changes?type=NEW&severity=high&since=7d'],
  ['exposures?filter=state:open', 'exposures?filter=state:open'],
  // What was just asked for is nobody else's.
  ['exposures/exp1_1?run=run_1', 'exposures/exp1_1'],
])('copies the address of %s', async (at, link) => {
  const user = userEvent.setup();
  show(`/o/${ORG}/${at}`, answers);
  await user.click(await screen.findByRole('button', { name: 'Copy link' }, PATIENCE));
  const copied = new URL(await navigator.clipboard.readText());
  expect(copied.origin).toBe(window.location.origin);
  expect(decodeURIComponent(copied.pathname + copied.search)).toBe(`/o/${ORG}/${link}`);
  await screen.findByText(/^Copied: the link to th/);
});
