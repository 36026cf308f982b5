/** The list as it stood at the end of a day: chosen by a date, said so while it is shown. */
import { History } from 'lucide-react';
import { useFirstDay } from '@/app/kept-since';
import { Button } from '@/ui/button';

/** A day as the address and the browser's own control write it. */
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

/** The last moment of a day (UTC). */
export const endOf = (day: string) => `${day}T23:59:59Z`;

export function AsOf(props: {
  day: string | undefined;
  onChange: (day: string | undefined) => void;
}) {
  const today = dayOf(new Date());
  const first = useFirstDay();
  return (
    <label className="inline-flex items-center gap-1.5 text-sm">
      <span className="text-ink-muted">As of</span>
      <input
        type="date"
        value={props.day ?? ''}
        min={first}
        max={today}
        onChange={({ target }) =>
          // Today is not over: as it stands says more.
          props.onChange(target.value === '' || target.value >= today ? undefined : target.value)
        }
        className="min-h-8 rounded-md border border-line-strong bg-surface px-2 py-1 text-sm text-ink"
      />
      {first && <span className="text-ink-muted">kept since {first} by the plan</span>}
    </label>
  );
}

/** That this is the past, what of it is not known, and the way back. */
export function AsOfNotice({ day, onNow }: { day: string; onNow: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line-strong bg-accent-tint p-3 text-sm">
      <History size={16} aria-hidden className="shrink-0 text-accent" />
      <p className="min-w-0 flex-1 basis-60">
        As it stood at the end of {day} (UTC). What people decided, tags and clocks are known of
        today alone, so none is shown and nothing can be decided here.
      </p>
      <Button size="small" onClick={onNow}>
        Show it as it stands
      </Button>
    </div>
  );
}
