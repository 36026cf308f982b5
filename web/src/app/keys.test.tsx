import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { prefer } from './preferences';
import { dashboard, event, exposure, me, ORG, refusal, show } from './test-app';

const PATIENCE = { timeout: 20_000 };
const page = (...items: unknown[]) => ({ items, next_cursor: null });
const rights = [
  'exposures:read',
  'exposures:act',
  'assets:read',
  'audit:read',
  'runs:read',
  'organization:read',
];
const items = [1, 2, 3].map((nth) => exposure({ key: `exp1_${nth}`, title: `Exposure ${nth}` }));
const answers = {
  'GET /me': me(rights),
  'GET /dashboard': dashboard(),
  'GET /changes': page(event(1)),
  'GET /exposures': page(...items),
  'GET /assets': page(),
  'GET /audit': page(),
};

afterEach(() => prefer('keys', 'on'));

describe('single keys', () => {
  it('walk rows, select them up to another, and open them', async () => {
    const { router } = show(`/o/${ORG}/exposures`, answers);
    await screen.findByText('Exposure 1', {}, PATIENCE);
    await userEvent.keyboard('jx');
    await userEvent.keyboard('jj{Shift>}X{/Shift}');
    await screen.findByText('3 selected');
    await userEvent.keyboard('k{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toContain('/exposures/exp1_2'));
  });

  it('do nothing once they are switched off, and nothing while one types', async () => {
    show(`/o/${ORG}/exposures`, answers);
    await screen.findByText('Exposure 1', {}, PATIENCE);
    await userEvent.click(screen.getByRole('combobox', { name: 'Filter of exposures' }));
    await userEvent.keyboard('?x');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.queryByText('1 selected')).toBeNull();
    (document.activeElement as HTMLElement).blur();
    prefer('keys', 'off');
    await userEvent.keyboard('?');
    expect(screen.queryByRole('dialog')).toBeNull();
    prefer('keys', 'on');
    await userEvent.keyboard('?');
    await screen.findByRole('dialog', { name: 'Keys' });
  });
});

describe('the palette', () => {
  it('goes to screens by name and finds exposures', async () => {
    const { router } = show(`/o/${ORG}/changes`, answers);
    await screen.findByText('Exposure 1', {}, PATIENCE);
    prefer('keys', 'off');
    await userEvent.keyboard('{Control>}k{/Control}');
    const input = await screen.findByRole('combobox', {}, PATIENCE);
    await userEvent.type(input, 'audi');
    await screen.findByRole('option', { name: 'Audit' });
    // Whoever may not manage keys is not led to them.
    expect(screen.queryByRole('option', { name: 'API keys' })).toBeNull();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe(`/o/${ORG}/audit`));
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.type(await screen.findByRole('combobox'), 'shop');
    await userEvent.click(await screen.findByRole('option', { name: /^Exposure 2/ }, PATIENCE));
    await waitFor(() => expect(router.state.location.pathname).toContain('/exposures/exp1_2'));
  });
});

it('takes back what was shown when a decision is refused, and says why', async () => {
  let answer: () => void = () => undefined;
  const refused = new Promise<void>((open) => {
    answer = open;
  });
  show(`/o/${ORG}/exposures/exp1_1`, {
    ...answers,
    'GET /exposures/exp1_1': exposure(),
    'GET /exposures/exp1_1/explain': { state: 'open', because: [], to_be_fixed: [] },
    'GET /exposures/exp1_1/timeline': page(),
    'POST /exposures/exp1_1/actions': async () => {
      await refused;
      return refusal(409, 'exposure.not_open', 'it was fixed meanwhile');
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Acknowledge' }, PATIENCE));
  await screen.findByText('Acknowledged');
  answer();
  await screen.findAllByText(/it was fixed meanwhile/i, {}, PATIENCE);
  expect(screen.queryByText('Acknowledged')).toBeNull();
  // An urgent notice is read out at once and hidden from readers until it has the focus.
  await userEvent.click(screen.getByRole('button', { name: 'Copy id', hidden: true }));
  expect(await navigator.clipboard.readText()).toBe('req_7');
});
