import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { dashboard, me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const at = `/o/${ORG}/settings/deadlines`;
const terms = { days: { critical: 7, high: 30 }, kev_days: 14, version: 3 };
const answers = {
  'GET /me': me(['exposures:read', 'organization:write']),
  'GET /dashboard': { ...dashboard(), by_sla: { breached: 2, within: 1200 } },
  'GET /sla': terms,
};

it('changes the terms that were read, and leaves severities without a clock', async () => {
  const { asked } = show(at, {
    ...answers,
    'PUT /sla': async (request: Request) => ({ ...(await request.json()), version: 4 }),
  });
  const critical = await screen.findByLabelText('Critical', {}, PATIENCE);
  expect(critical).toHaveValue(7);
  expect(screen.getByRole('link', { name: '2 exposures' })).toHaveAttribute(
    'href',
    expect.stringContaining('sla:breached'),
  );
  await userEvent.clear(critical);
  await userEvent.type(critical, '3');
  await userEvent.clear(screen.getByLabelText('Known to be attacked'));
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findAllByText(/^Saved/, {}, PATIENCE);
  const put = asked.find(({ method }) => method === 'PUT');
  expect(put?.headers.get('if-match')).toBe('"3"');
  expect(await put?.json()).toEqual({ days: { critical: 3, high: 30 } });
  await waitFor(() => expect(screen.getByLabelText('Medium')).toHaveValue(null));
});

it('shows the terms to who may not change them, and says why they cannot be read', async () => {
  const { router } = show(at, { ...answers, 'GET /me': me(['exposures:read']) });
  expect(await screen.findByLabelText('Critical', {}, PATIENCE)).toBeDisabled();
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
  await router.navigate({ to: '/me' });
  show(at, { ...answers, 'GET /sla': refusal(500, 'service.failed', 'it is away') });
  await screen.findByText('it is away', {}, PATIENCE);
});
