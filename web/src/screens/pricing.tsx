/** What each plan includes, for anybody. */
import { useQuery } from '@tanstack/react-query';
import type { PlanOffer } from '@/client';
import { listPlansOptions } from '@/client/@tanstack/react-query.gen';
import { atMost, every, planName } from '@/say/plans';
import { ButtonLink } from '@/ui/button';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';
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
        {plans.data && (
          <>
            <Table
              label="Plans"
              head={['Included', ...plans.data.items.map((plan) => planName(plan.plan))]}
            >
              {ROWS.map(([says, of]) => (
                <tr key={says}>
                  <th scope="row" className="px-3 py-2 font-medium">
                    {says}
                  </th>
                  {plans.data.items.map((plan) => (
                    <td key={plan.plan}>{of(plan)}</td>
                  ))}
                </tr>
              ))}
            </Table>
            <div className="grid justify-items-start gap-3">
              <p className="max-w-prose text-sm text-ink-muted">
                What is counted is verified assets; what is found on them, and who reads it, costs
                nothing. The price of a plan, by the month or by the year, is shown under Billing
                before anything is bought. The free plan needs no card.
              </p>
              <ButtonLink to="/signup" look="primary">
                Start free
              </ButtonLink>
            </div>
          </>
        )}
      </Screen>
    </Site>
  );
}
