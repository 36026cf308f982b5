/** Two bars a day, or the same as a table; a day nobody looked is a gap, not a zero. */
import { Table } from '@/ui/list';
import type { Day } from './trend';

/** The drawing's own units. */
const WIDTH = 720;
const HEIGHT = 180;
const FLOOR = HEIGHT - 24;

export function Bars({ days, as }: { days: readonly Day[]; as: 'chart' | 'table' }) {
  if (as === 'table') {
    return (
      <Table label="Appeared and fixed" head={['Day (UTC)', 'Appeared', 'Fixed']}>
        {days.map((each) => (
          <tr key={each.day}>
            <td>{each.day}</td>
            <td className="tabular-nums">{each.looked ? each.appeared : 'no scan'}</td>
            <td className="tabular-nums">{each.looked ? each.fixed : 'no scan'}</td>
          </tr>
        ))}
      </Table>
    );
  }
  const most = Math.max(1, ...days.map(({ appeared, fixed }) => Math.max(appeared, fixed)));
  const step = WIDTH / days.length;
  const tall = (n: number) => (n / most) * (FLOOR - 12);
  const sum = (of: 'appeared' | 'fixed') => days.reduce((total, day) => total + day[of], 0);
  return (
    <figure className="grid gap-2">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${sum('appeared')} appeared and ${sum('fixed')} were fixed in ${days.length} days; choose the table for each day`}
        className="w-full"
      >
        <line x1={0} x2={WIDTH} y1={FLOOR} y2={FLOOR} className="stroke-line-strong" />
        {days.map((each, nth) => (
          <g key={each.day} transform={`translate(${nth * step} 0)`}>
            <title>
              {each.looked
                ? `${each.day}: ${each.appeared} appeared, ${each.fixed} fixed`
                : `${each.day}: no scan`}
            </title>
            {!each.looked && (
              <rect x={0} y={0} width={step} height={FLOOR} className="fill-sunken" />
            )}
            <rect
              x={step * 0.15}
              y={FLOOR - tall(each.appeared)}
              width={step * 0.33}
              height={tall(each.appeared)}
              className="fill-high"
            />
            <rect
              x={step * 0.52}
              y={FLOOR - tall(each.fixed)}
              width={step * 0.33}
              height={tall(each.fixed)}
              className="fill-good"
            />
            {(nth === 0 || nth === days.length - 1 || (days.length <= 7 && nth % 2 === 0)) && (
              <text
                x={nth === days.length - 1 ? step : 0}
                y={HEIGHT - 6}
                textAnchor={nth === days.length - 1 ? 'end' : 'start'}
                className="fill-ink-muted text-[11px]"
              >
                {each.day.slice(5)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <figcaption className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-muted">
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-sm bg-high" /> Appeared (left)
        </span>
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-sm bg-good" /> Fixed (right)
        </span>
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-sm border border-line bg-sunken" /> No scan
        </span>
        <span>Highest: {most}</span>
      </figcaption>
    </figure>
  );
}
