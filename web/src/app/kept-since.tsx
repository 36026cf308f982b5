/** Since when there is history, said wherever a moment or a run of the past is chosen. */
import { useQuery } from '@tanstack/react-query';
import { getHistoryOptions } from '@/client/@tanstack/react-query.gen';

/** A day (UTC) as the address and the API write it. */
const dayOf = (at: string) => at.slice(0, 10);

/** The first day that is kept; undefined for all of them, and while it is not known. */
export function useFirstDay(): string | undefined {
  const history = useQuery(getHistoryOptions());
  return history.data?.kept_since ? dayOf(history.data.kept_since) : undefined;
}

/** What the plan keeps, as one sentence. */
export const keptSince = (at: string) => `History is kept since ${dayOf(at)} by the plan.`;

/** What a plan that keeps less will take, and when. */
export const keptFrom = (at: string, days?: number | null) =>
  days
    ? `From ${dayOf(at)} on the plan keeps ${days} days of history.`
    : `From ${dayOf(at)} on the plan keeps less history.`;

/** The sentences; nothing while all history is there and stays. */
export function KeptSince() {
  const { data } = useQuery(getHistoryOptions());
  if (!data?.kept_since && !data?.next_from) return null;
  return (
    <p className="text-sm text-ink-muted">
      {[
        data.kept_since && keptSince(data.kept_since),
        data.next_from && keptFrom(data.next_from, data.next_days),
      ]
        .filter(Boolean)
        .join(' ')}
    </p>
  );
}
