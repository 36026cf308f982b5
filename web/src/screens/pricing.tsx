/** What each plan includes, for anybody. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { TowerControl } from 'lucide-react';
import type { PlanOffer } from '@/client';
import { listPlansOptions } from '@/client/@tanstack/react-query.gen';
import { atMost, every, planName } from '@/say/plans';
import { ButtonLink } from '@/ui/button';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';

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
    <div className="mx-auto grid max-w-6xl gap-8 px-5 py-6">
      <header className="flex items-center justify-between gap-4">
        <Link to="/" className="flex items-center gap-2 text-lg font-semibold">
          <TowerControl aria-hidden className="text-accent" /> Watchtower
        </Link>
        <ButtonLink to="/signup" look="primary">
          Create account
        </ButtonLink>
      </header>
      <main>
        <Screen
          title="Plans"
          says="Reading and exporting what is yours is part of every plan, paid or not."
        >
          {plans.isPending && <Waiting what="plans" />}
          {plans.isError && (
            <ProblemNotice error={plans.error} retry={() => void plans.refetch()} />
          )}
          {plans.data && (
            <Table
              label="Plans"
              head={['', ...plans.data.items.map((plan) => planName(plan.plan))]}
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
          )}
        </Screen>
      </main>
    </div>
  );
}
