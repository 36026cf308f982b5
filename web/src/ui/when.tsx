/** When something happens by itself: by day, week or month, at a time of a time zone. */
import { Choice, TextField } from './field';

export type Every = 'day' | 'week' | 'month';

/** As schedules have it. */
export type When = { every: Every; weekday: number; day: number; at: string; zone: string };

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const EVERY: [Every, string][] = [
  ['day', 'every day'],
  ['week', 'every week'],
  ['month', 'every month'],
];

/** Mondays before the day's work, where the reader is. */
export const anEarlyMonday = (): When => ({
  every: 'week',
  weekday: 1,
  day: 1,
  at: '06:30',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

/** When it comes, in words. */
export function whenOf(it: When): string {
  const at = `${it.at} ${it.zone}`;
  if (it.every === 'week') return `${DAYS[it.weekday - 1] ?? 'weekly'}s, ${at}`;
  if (it.every === 'month') return `day ${it.day} of the month, ${at}`;
  return `every day, ${at}`;
}

/** The fields that say when. */
export function WhenFields({ value, onChange }: { value: When; onChange: (next: When) => void }) {
  const set = (part: Partial<When>) => onChange({ ...value, ...part });
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <Choice
          label="How often"
          value={value.every}
          options={EVERY}
          // A schedule of days says neither day; what is chosen next begins somewhere.
          onChange={(every) =>
            every && set({ every, weekday: value.weekday || 1, day: value.day || 1 })
          }
        />
        {value.every === 'week' && (
          <Choice
            label="On"
            value={String(value.weekday)}
            options={DAYS.map((day, at) => [String(at + 1), day] as const)}
            onChange={(day) => set({ weekday: Number(day) })}
          />
        )}
      </div>
      {value.every === 'month' && (
        <TextField
          label="Day of the month"
          name="day"
          type="number"
          min={1}
          max={31}
          required
          value={value.day}
          onChange={(event) => set({ day: Number(event.currentTarget.value) })}
          hint="The last day of a month that is shorter."
        />
      )}
      <TextField
        label="At"
        name="at"
        type="time"
        required
        value={value.at}
        onChange={(event) => set({ at: event.currentTarget.value })}
      />
      <TextField
        label="Time zone"
        name="zone"
        required
        value={value.zone}
        onChange={(event) => set({ zone: event.currentTarget.value })}
      />
    </>
  );
}
