/** What each plan includes and costs, for anybody. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlanOffer } from '@/client';
import { listPlansOptions } from '@/client/@tanstack/react-query.gen';
import { atMost, every, type Period, planName, priceFor, priceSays } from '@/say/plans';
import { ButtonLink } from '@/ui/button';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';
import { PaidBy } from './paid-by';
import { Site } from './site';

const ROWS: readonly (readonly [says: string, of: (plan: PlanOffer) => string])[] = [
  ['Verified assets', (plan) => atMost(plan.verified_assets)],
  ['Each asset scanned at most', (plan) => every(plan.scan_interval_seconds)],
  ['Intensity', (plan) => plan.policies.join(', ')],
  ['Private scanner pools', (plan) => atMost(plan.private_pools)],
  ['History and evidence kept', (plan) => `${plan.retention_days} days`],
  ['People', (plan) => atMost(plan.seats)],
];

export function Pricing() {
  const plans = useQuery(listPlansOptions());
  return (
    <Site>
      <Screen
        title="Plans"
        says="Reading and exporting what is yours is part of every plan, paid or not."
      >
        {plans.isPending && <Waiting what="plans" />}
        {plans.isError && <ProblemNotice error={plans.error} retry={() => void plans.refetch()} />}
        {plans.data && <Plans plans={plans.data.items} />}
      </Screen>
    </Site>
  );
}

function Plans({ plans }: { plans: readonly PlanOffer[] }) {
  const [period, setPeriod] = useState<Period>('monthly');
  const said = plans.flatMap((plan) => plan.prices);
  const rows = said.length > 0 ? [priceRow(period), ...ROWS] : ROWS;
  return (
    <>
      {new Set(said.map((price) => price.period)).size > 1 && (
        <PaidBy period={period} choose={setPeriod} />
      )}
      <Table label="Plans" head={['Included', ...plans.map((plan) => planName(plan.plan))]}>
        {rows.map(([says, of]) => (
          <tr key={says}>
            <th scope="row" className="px-3 py-2 font-medium">
              {says}
            </th>
            {plans.map((plan) => (
              <td key={plan.plan}>{of(plan)}</td>
            ))}
          </tr>
        ))}
      </Table>
      <div className="grid justify-items-start gap-3">
        <p className="max-w-prose text-sm text-ink-muted">
          What is counted is verified assets; what is found on them, and who reads it, costs
          nothing.{' '}
          {said.length > 0
            ? 'What is charged, taxes included, is shown before anything is bought.'
            : 'Whoever runs this installation has said nothing about money, so no prices are shown; where plans are sold, the price is shown before anything is bought.'}{' '}
          The free plan needs no card.
        </p>
        <ButtonLink to="/signup" look="primary">
          Start free
        </ButtonLink>
      </div>
    </>
  );
}

const priceRow = (period: Period) =>
  [
    'Price',
    ({ plan, prices }: PlanOffer) => {
      const price = priceFor(prices, period);
      if (price) return priceSays(price);
      return plan === 'free' ? 'Free' : 'Talk to us';
    },
  ] as const;
