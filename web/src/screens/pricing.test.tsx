import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { show } from '@/app/test-app';
import type { PlanOffer, PlanPrice } from '@/client';

const PATIENCE = { timeout: 20_000 };

function offer(plan: string, prices: PlanPrice[] = []): PlanOffer {
  return {
    plan,
    verified_assets: 5,
    scan_interval_seconds: 604_800,
    policies: ['passive'],
    private_pools: 0,
    retention_days: 30,
    seats: 3,
    prices,
  };
}

const euros = (period: 'monthly' | 'yearly', amount: string): PlanPrice => ({
  period,
  amount,
  currency: 'EUR',
});

function shows(...items: PlanOffer[]) {
  show('/pricing', { 'GET /plans': { items } });
}

it('says what plans cost, by the month or by the year', async () => {
  shows(
    offer('free'),
    offer('team', [euros('monthly', '49.90'), euros('yearly', '1490')]),
    offer('business', [euros('yearly', '2490')]),
    offer('enterprise'),
  );
  const row = (says: string) => screen.findByRole('row', { name: says }, PATIENCE);
  // Where there is no price of a month, the one of a year is said as such.
  await row('Price Free €49.90 per month €2,490 per year Talk to us');
  await userEvent.selectOptions(screen.getByLabelText('Paid'), 'yearly');
  await row('Price Free €1,490 per year €2,490 per year Talk to us');
});

it('invents no price where nobody said one', async () => {
  shows(offer('free'), offer('team'));
  await screen.findByText(/no prices are shown/, {}, PATIENCE);
  expect(screen.queryByRole('row', { name: /^Price/ })).toBeNull();
  expect(screen.queryByLabelText('Paid')).toBeNull();
});
