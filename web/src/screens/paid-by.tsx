/** By the month or by the year. */
import type { Period } from '@/say/plans';

export function PaidBy(props: { period: Period; choose: (period: Period) => void }) {
  return (
    <label className="flex items-center gap-2 text-sm">
      Paid
      <select
        className="min-h-9 rounded-md border border-line-strong bg-surface px-2"
        value={props.period}
        onChange={(change) => props.choose(change.target.value === 'yearly' ? 'yearly' : 'monthly')}
      >
        <option value="monthly">by the month</option>
        <option value="yearly">by the year</option>
      </select>
    </label>
  );
}
