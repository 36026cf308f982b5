/** Payment failed: what goes on, what pauses, and who can help. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Billing } from '@/client';
import { getBillingOptions } from '@/client/@tanstack/react-query.gen';
import { Moment } from '@/ui/moment';
import { useMay, useOrg } from './session';

/** Milliseconds before it is asked again: payments fail by the day, not by the minute. */
const FRESH_MS = 300_000;

/** On every screen, for those who can do something about it. */
export function PaymentBanner() {
  const mayManage = useMay('billing:manage');
  const org = useOrg();
  const billing = useQuery({ ...getBillingOptions(), enabled: mayManage, staleTime: FRESH_MS });
  if (!billing.data || isPaid(billing.data)) return null;
  return (
    <div className="mb-5 grid gap-2">
      <PaymentNotice billing={billing.data} />
      <p className="text-sm">
        <Link to="/o/$org/settings/billing" params={{ org }} className="text-accent underline">
          To billing
        </Link>
      </p>
    </div>
  );
}

/** Nothing while everything is paid. */
export function PaymentNotice({ billing }: { billing: Billing }) {
  if (isPaid(billing)) return null;
  return (
    <div
      role="alert"
      className="grid gap-1 rounded-lg border border-danger bg-critical-tint p-3 text-sm text-ink"
    >
      <p className="font-medium">
        {billing.may_scan ? 'A payment failed.' : 'Scanning is paused: the plan is not paid.'}
      </p>
      <p>
        {billing.may_scan && billing.until && (
          <>
            Everything goes on until <Moment at={billing.until} />, then scanning pauses.{' '}
          </>
        )}
        Everything can still be read and exported.
      </p>
    </div>
  );
}

function isPaid(billing: Billing): boolean {
  return billing.may_scan && billing.state !== 'grace';
}
