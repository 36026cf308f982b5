import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';
import type { Billing, PlanOffer } from '@/client';
import { leave } from './billing';

const at = `/o/${ORG}/settings/billing`;
const PATIENCE = { timeout: 20_000 };

const free: PlanOffer = {
  plan: 'free',
  verified_assets: 5,
  scan_interval_seconds: 604_800,
  policies: ['passive', 'safe'],
  private_pools: 0,
  retention_days: 30,
  seats: 3,
  prices: [],
};
const team: PlanOffer = { ...free, plan: 'team', verified_assets: 50, seats: 15 };

function billing(more: Partial<Billing> = {}): Billing {
  return {
    plan: 'free',
    state: 'active',
    may_scan: true,
    until: null,
    as_of: null,
    payer: ORG,
    is_payer: true,
    sells: true,
    subscribed: false,
    included: free,
    usage: { verified_assets: 4, seats: 3 },
    history_kept_since: null,
    history_shortens_at: null,
    next_plan: team,
    next_steps: ['choose_plan'],
    ...more,
  };
}

const owner = me(['billing:manage']);

afterEach(() => vi.restoreAllMocks());

it('offers nothing that would be refused', async () => {
  const { asked } = show(at, { 'GET /me': me(['assets:read']) });
  await screen.findByText('Billing is managed by others', {}, PATIENCE);
  expect(asked.some(({ url }) => url.endsWith('/billing'))).toBe(false);
});

it('says since when there is history, and when there will be less', async () => {
  const kept = {
    history_kept_since: '2026-05-01T00:00:00Z',
    history_shortens_at: '2026-12-01T00:00:00Z',
  };
  show(at, { 'GET /me': owner, 'GET /billing': billing(kept) });
  await screen.findByText('History is kept since 2026-05-01 by the plan.', {}, PATIENCE);
  screen.getByText('From 2026-12-01 on the plan keeps less history.');
});

it('shows what is used against what is included, and what the next plan adds', async () => {
  show(at, { 'GET /me': owner, 'GET /billing': billing() });
  await screen.findByText('Free plan', {}, PATIENCE);
  const seats = screen.getByRole('meter', { name: 'People and open invitations' });
  expect(seats).toHaveAttribute('aria-valuetext', '3 of 3');
  expect(screen.getByRole('row', { name: 'People 3 15' })).toBeInTheDocument();
  // What stays the same is not sold as an addition.
  expect(screen.queryByRole('row', { name: /History kept/ })).toBeNull();
});

it('says what the next plan costs before it is chosen', async () => {
  const prices = [
    { period: 'monthly', amount: '49', currency: 'EUR' },
    { period: 'yearly', amount: '490', currency: 'EUR' },
  ];
  const next_plan = { ...team, prices };
  show(at, { 'GET /me': owner, 'GET /billing': billing({ next_plan }) });
  const row = { name: 'Price Free €49 per month, or €490 per year' };
  await screen.findByRole('row', row, PATIENCE);
  screen.getByText('€49 per month');
  await userEvent.selectOptions(screen.getByLabelText('Paid'), 'yearly');
  screen.getByText('€490 per year');
  expect(screen.queryByText('€49 per month')).toBeNull();
});

it('leads to the page where the plan is bought', async () => {
  const to = vi.spyOn(leave, 'to').mockImplementation(() => undefined);
  const { asked } = show(at, {
    'GET /me': owner,
    'GET /billing': billing(),
    'POST /billing/checkout': { url: 'https://pay.example/1' },
  });
  await screen.findByText('Free plan', {}, PATIENCE);
  await userEvent.selectOptions(screen.getByLabelText('Paid'), 'yearly');
  await userEvent.click(screen.getByRole('button', { name: 'Choose Team' }));
  await waitFor(() => expect(to).toHaveBeenCalledWith('https://pay.example/1'), PATIENCE);
  const post = asked.find(({ method }) => method === 'POST');
  expect(await post?.json()).toEqual({ plan: 'team', period: 'yearly' });
});

it('says on every screen that a payment failed, and that nothing of yours locks', async () => {
  const unpaid = billing({
    plan: 'team',
    state: 'past_due',
    may_scan: false,
    subscribed: true,
    next_steps: ['pay', 'portal'],
  });
  show(`/o/${ORG}/settings/api-keys`, { 'GET /me': owner, 'GET /billing': unpaid });
  const notice = await screen.findByRole('alert', {}, PATIENCE);
  expect(notice).toHaveTextContent('Scanning is paused');
  expect(notice).toHaveTextContent('Everything can still be read and exported.');
});

it('says why the portal could not be opened', async () => {
  show(at, {
    'GET /me': owner,
    'GET /billing': billing({ next_steps: ['portal'] }),
    'POST /billing/portal': refusal(503, 'billing.provider_unavailable', 'the provider is away'),
  });
  const open = { name: 'Invoices, payment and changes' };
  await userEvent.click(await screen.findByRole('button', open, PATIENCE));
  await screen.findByText('the provider is away', {}, PATIENCE);
});

it('draws no bar where there is no limit', async () => {
  show(at, {
    'GET /me': owner,
    'GET /billing': billing({ included: { ...free, verified_assets: null } }),
  });
  await screen.findByText('4, unlimited', {}, PATIENCE);
  expect(screen.queryByRole('meter', { name: 'Verified assets' })).toBeNull();
  expect(screen.getByRole('meter', { name: 'People and open invitations' })).toBeInTheDocument();
});
