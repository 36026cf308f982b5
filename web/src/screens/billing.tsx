/** Plan, what is used of it, and the payment provider's pages. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { keptFrom, keptSince } from '@/app/kept-since';
import { useMay } from '@/app/session';
import type { Billing as BillingState, PlanOffer } from '@/client';
import {
  beginCheckoutMutation,
  getBillingOptions,
  openPortalMutation,
} from '@/client/@tanstack/react-query.gen';
import { atMost, every, type Period, planName, priceSays } from '@/say/plans';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { PaidBy } from './paid-by';

/** From here on a bar warns: there is time to choose before the next one is refused. */
const NEARLY_FULL = 0.8;
/** Above this it alarms; a meter's value is never above its maximum, so this is less. */
const FULL = 0.99;

/** Leaves for a page of the payment provider; replaced in tests. */
export const leave = { to: (url: string) => window.location.assign(url) };

export function Billing() {
  const mayManage = useMay('billing:manage');
  return (
    <Screen
      title="Billing"
      says="Reading and exporting what is yours never locks, whatever is paid."
    >
      {mayManage ? (
        <Known />
      ) : (
        <EmptyState
          title="Billing is managed by others"
          why="Your role here does not manage billing. An owner of the organization does."
        />
      )}
    </Screen>
  );
}

function Known() {
  const billing = useQuery(getBillingOptions());
  if (billing.isPending) return <Waiting what="the plan" />;
  if (billing.isError)
    return <ProblemNotice error={billing.error} retry={() => void billing.refetch()} />;
  const { data } = billing;
  return (
    <>
      <div className="grid gap-5 md:grid-cols-2">
        <Plan billing={data} />
        <Usage billing={data} />
      </div>
      {data.next_plan && <Next billing={data} next={data.next_plan} />}
    </>
  );
}

function Plan({ billing }: { billing: BillingState }) {
  const { included } = billing;
  return (
    <Card
      title={`${planName(billing.plan)} plan`}
      actions={
        billing.may_scan ? (
          <Badge tone={billing.state === 'grace' ? 'medium' : 'good'}>{says(billing.state)}</Badge>
        ) : (
          <Badge tone="critical">{says(billing.state)}</Badge>
        )
      }
    >
      <Facts
        rows={[
          ...(costs(included) ? [['Price', costs(included)] as const] : []),
          ['Each asset scanned at most', every(included.scan_interval_seconds)],
          ['Intensity', included.policies.join(', ')],
          ['Private scanner pools', atMost(included.private_pools)],
          ['History and evidence kept', `${included.retention_days} days`],
          [
            'History there is',
            billing.history_kept_since
              ? keptSince(billing.history_kept_since)
              : 'From the beginning',
          ],
          ...(billing.history_shortens_at
            ? [['Changes', keptFrom(billing.history_shortens_at)] as const]
            : []),
          ...(billing.as_of
            ? [['Provider asked', <Moment key="as_of" at={billing.as_of} />] as const]
            : []),
        ]}
      />
      {!billing.is_payer && (
        <p className="text-sm text-ink-muted">
          The root organization pays for everything below it; the plan is changed there.
        </p>
      )}
      {billing.is_payer && !billing.sells && (
        <p className="text-sm text-ink-muted">
          This installation sells no plans: everybody has this one.
        </p>
      )}
      <Link to="/pricing" className="justify-self-start text-sm text-accent underline">
        All plans
      </Link>
      {billing.next_steps.includes('portal') && <Portal />}
    </Card>
  );
}

function Portal() {
  const open = useMutation({ ...openPortalMutation(), onSuccess: ({ url }) => leave.to(url) });
  return (
    <div className="grid gap-2">
      <ProblemNotice error={open.error} />
      <div>
        <Button busy={open.isPending} onClick={() => open.mutate({})}>
          Invoices, payment and changes
        </Button>
      </div>
    </div>
  );
}

function Usage({ billing }: { billing: BillingState }) {
  const { included, usage } = billing;
  return (
    <Card title="Used, over the whole tree">
      <Meter name="Verified assets" used={usage.verified_assets} of={included.verified_assets} />
      <Meter name="People and open invitations" used={usage.seats} of={included.seats} />
      <p className="text-sm text-ink-muted">
        At the limit nothing more comes in; what is there stays as it is.
      </p>
    </Card>
  );
}

function Meter({ name, used, of }: { name: string; used: number; of: number | null }) {
  const count =
    of === null
      ? `${used.toLocaleString('en')}, unlimited`
      : `${used.toLocaleString('en')} of ${atMost(of)}`;
  return (
    <div className="grid gap-1 text-sm">
      <div className="flex justify-between gap-3">
        <span>{name}</span>
        <span className="tabular-nums">{count}</span>
      </div>
      {/* Without a limit there is nothing that a bar could be full of. */}
      {of !== null && (
        <meter
          aria-label={name}
          aria-valuetext={count}
          min={0}
          max={of}
          low={of * NEARLY_FULL}
          high={of * FULL}
          optimum={0}
          value={used}
          className="h-2.5 w-full"
        />
      )}
    </div>
  );
}

/** What the next plan adds, and where it is bought. */
function Next({ billing, next }: { billing: BillingState; next: PlanOffer }) {
  const [period, setPeriod] = useState<Period>('monthly');
  const buy = useMutation({ ...beginCheckoutMutation(), onSuccess: ({ url }) => leave.to(url) });
  const rows = added(billing.included, next);
  const plan = forSale(next.plan);
  // What is bought is of exactly this period.
  const price = next.prices.find((one) => one.period === period);
  return (
    <Card title={`What ${planName(next.plan)} adds`}>
      <Table label="Added" head={['', planName(billing.plan), planName(next.plan)]}>
        {rows.map(([name, now, then]) => (
          <tr key={name}>
            <th scope="row" className="px-3 py-2 font-medium">
              {name}
            </th>
            <td>{now}</td>
            <td>{then}</td>
          </tr>
        ))}
      </Table>
      {billing.next_steps.includes('choose_plan') && plan && (
        <div className="grid gap-2">
          <ProblemNotice error={buy.error} />
          <div className="flex flex-wrap items-center gap-3">
            <PaidBy period={period} choose={setPeriod} />
            {price && <span className="font-medium">{priceSays(price)}</span>}
            <Button
              look="primary"
              busy={buy.isPending}
              onClick={() => buy.mutate({ body: { plan, period } })}
            >
              {`Choose ${planName(next.plan)}`}
            </Button>
          </div>
        </div>
      )}
    </Card>
  );
}

function added(now: PlanOffer, next: PlanOffer): (readonly [string, string, string])[] {
  const rows = [
    ['Price', costs(now), costs(next)],
    ['Verified assets', atMost(now.verified_assets), atMost(next.verified_assets)],
    ['People', atMost(now.seats), atMost(next.seats)],
    ['Each asset scanned', every(now.scan_interval_seconds), every(next.scan_interval_seconds)],
    ['Intensity', now.policies.join(', '), next.policies.join(', ')],
    ['Private scanner pools', atMost(now.private_pools), atMost(next.private_pools)],
    ['History kept', `${now.retention_days} days`, `${next.retention_days} days`],
  ] as const;
  return rows.filter(([, before, after]) => after !== '' && before !== after);
}

/** What a plan costs by the list; empty where nobody said. */
function costs({ plan, prices }: PlanOffer): string {
  if (plan === 'free') return 'Free';
  return prices.map(priceSays).join(', or ');
}

function forSale(plan: string): 'team' | 'business' | 'enterprise' | undefined {
  return plan === 'team' || plan === 'business' || plan === 'enterprise' ? plan : undefined;
}

function says(state: string): string {
  return state.replace('_', ' ');
}
