/** The charts of the trends: what is open, what came and went, how old it is. */
import type { AgeBucket, TrendDay } from '@/client';
import { count, SEVERITIES, type Severity, severityWord } from '@/say/words';
import { DaysChart, DaysTable, Key } from './days';

export type As = 'chart' | 'table';

interface Drawn {
  days: readonly TrendDay[];
  as: As;
  /** What went wrong on a day, by day. */
  marks: ReadonlyMap<string, string>;
}

const number = (n: number) => n.toLocaleString('en');

/** Literal, so that the style sheet has them. */
const SEVERITY_LOOK: Record<Severity, readonly [fill: string, key: string]> = {
  critical: ['fill-critical', 'bg-critical'],
  high: ['fill-high', 'bg-high'],
  medium: ['fill-medium', 'bg-medium'],
  low: ['fill-low', 'bg-low'],
  info: ['fill-info', 'bg-info'],
};

const openOf = (day: TrendDay, severity: Severity) => day.open[severity] ?? 0;

/** Everything that was open at the end of a day. */
export const openAtEnd = (day: TrendDay) =>
  SEVERITIES.reduce((sum, severity) => sum + openOf(day, severity), 0);

/** What was open at the end of each day; the worst stands on the ground. */
export function OpenEachDay({ days, as, marks }: Drawn) {
  if (as === 'table')
    return (
      <DaysTable
        label="Open at the end of each day"
        head={[...SEVERITIES.map((severity) => severityWord[severity]), 'Together']}
        days={days}
        marks={marks}
        cells={(day) => [
          ...SEVERITIES.map((severity) => number(openOf(day, severity))),
          number(openAtEnd(day)),
        ]}
      />
    );
  const [first, last] = [days[0], days.at(-1)];
  return (
    <DaysChart
      days={days}
      marks={marks}
      most={Math.max(0, ...days.map(openAtEnd))}
      label={`${number(first ? openAtEnd(first) : 0)} open at the end of the first of ${days.length} days, ${number(last ? openAtEnd(last) : 0)} at the end of the last`}
      blocks={(day) =>
        SEVERITIES.map((severity, nth) => ({
          from: 0.1,
          width: 0.8,
          below: SEVERITIES.slice(0, nth).reduce((sum, worse) => sum + openOf(day, worse), 0),
          amount: openOf(day, severity),
          look: SEVERITY_LOOK[severity][0],
        }))
      }
      says={(day) =>
        SEVERITIES.map(
          (severity) => `${severityWord[severity].toLowerCase()} ${number(openOf(day, severity))}`,
        ).join(', ')
      }
      legend={SEVERITIES.map((severity) => (
        <Key key={severity} look={SEVERITY_LOOK[severity][1]}>
          {severityWord[severity]}
        </Key>
      ))}
    />
  );
}

/** What appeared and what was fixed on each day. */
export function CameAndWent({ days, as, marks }: Drawn) {
  if (as === 'table')
    return (
      <DaysTable
        label="Appeared and fixed"
        head={['Appeared', 'Fixed', 'Of these late']}
        days={days}
        marks={marks}
        cells={(day) => [number(day.appeared), number(day.fixed), number(day.fixed_late)]}
      />
    );
  const sum = (of: 'appeared' | 'fixed') => days.reduce((total, day) => total + day[of], 0);
  return (
    <DaysChart
      days={days}
      marks={marks}
      most={Math.max(0, ...days.map(({ appeared, fixed }) => Math.max(appeared, fixed)))}
      label={`${number(sum('appeared'))} appeared and ${number(sum('fixed'))} were fixed in ${days.length} days`}
      blocks={(day) => [
        { from: 0.15, width: 0.33, below: 0, amount: day.appeared, look: 'fill-high' },
        { from: 0.52, width: 0.33, below: 0, amount: day.fixed, look: 'fill-good' },
      ]}
      says={(day) => `${number(day.appeared)} appeared, ${number(day.fixed)} fixed`}
      legend={
        <>
          <Key look="bg-high">Appeared (left)</Key>
          <Key look="bg-good">Fixed (right)</Key>
        </>
      }
    />
  );
}

/** For how long what is open now has been. */
export function Ages({ ages }: { ages: readonly AgeBucket[] }) {
  const most = Math.max(1, ...ages.map(({ open }) => open));
  return (
    <ul className="grid gap-1.5 text-sm">
      {ages.map((each) => (
        <li
          key={each.from_days}
          className="grid grid-cols-[9rem_minmax(0,1fr)_max-content] items-center gap-3"
        >
          <span>{ageWord(each)}</span>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden className="h-2.5 w-full">
            <rect width={100} height={8} className="fill-sunken" />
            <rect width={(each.open / most) * 100} height={8} className="fill-accent" />
          </svg>
          <span className="tabular-nums">{count(each.open, 'exposure')}</span>
        </li>
      ))}
    </ul>
  );
}

/** `less than a day`, `7 to 29 days`, `365 days or more`. */
export function ageWord({ from_days: from, to_days: to }: AgeBucket): string {
  if (to === null || to === undefined) return `${number(from)} days or more`;
  if (from === 0 && to === 1) return 'Less than a day';
  return `${number(from)} to ${number(to - 1)} days`;
}
