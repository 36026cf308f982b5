/** Something for each day, drawn or as a table; a day nobody looked on is a gap, not a zero. */
import type { ReactNode } from 'react';
import { Table } from '@/ui/list';

/** The drawing's own units. */
const WIDTH = 720;
const HEIGHT = 180;
const FLOOR = HEIGHT - 24;
/** Room above the highest. */
const AIR = 12;
/** Days of which every other is named. */
const NAMED = 7;

/** What a day has in any case. */
export interface Day {
  /** `2026-11-21` */
  readonly day: string;
  /** Whether a run told of it. */
  readonly looked: boolean;
}

/** A part of a day's drawing, in shares of its width and of the whole height. */
export interface Block {
  readonly from: number;
  readonly width: number;
  readonly below: number;
  readonly amount: number;
  /** Class that fills it. */
  readonly look: string;
}

export function DaysChart<D extends Day>(props: {
  days: readonly D[];
  /** What it says at one look, for who does not see it. */
  label: string;
  /** The amount that reaches the top. */
  most: number;
  blocks: (day: D) => readonly Block[];
  says: (day: D) => string;
  legend: ReactNode;
}) {
  const { days } = props;
  const most = Math.max(1, props.most);
  const step = WIDTH / Math.max(1, days.length);
  const tall = (amount: number) => (amount / most) * (FLOOR - AIR);
  return (
    <figure className="grid gap-2">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${props.label}; choose the table for each day`}
        className="w-full"
      >
        <line x1={0} x2={WIDTH} y1={FLOOR} y2={FLOOR} className="stroke-line-strong" />
        {days.map((each, nth) => (
          <g key={each.day} transform={`translate(${nth * step} 0)`}>
            <title>{`${each.day}: ${each.looked ? '' : 'no scan; '}${props.says(each)}`}</title>
            {!each.looked && (
              <rect x={0} y={0} width={step} height={FLOOR} className="fill-sunken opacity-60" />
            )}
            {props.blocks(each).map((block) => (
              <rect
                key={block.look}
                x={step * block.from}
                y={FLOOR - tall(block.below + block.amount)}
                width={step * block.width}
                height={tall(block.amount)}
                className={block.look}
              />
            ))}
            <DayName day={each.day} nth={nth} of={days.length} step={step} />
          </g>
        ))}
      </svg>
      <figcaption className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-muted">
        {props.legend}
        <Key look="border border-line bg-sunken">No scan</Key>
        <span>Highest: {props.most.toLocaleString('en')}</span>
      </figcaption>
    </figure>
  );
}

/** The first and the last are named, and some between where there is room. */
function DayName(props: { day: string; nth: number; of: number; step: number }) {
  const isLast = props.nth === props.of - 1;
  if (props.nth > 0 && !isLast && (props.of > NAMED || props.nth % 2 === 1)) return null;
  return (
    <text
      x={isLast ? props.step : 0}
      y={HEIGHT - 6}
      textAnchor={isLast ? 'end' : 'start'}
      className="fill-ink-muted text-[11px]"
    >
      {props.day.slice(5)}
    </text>
  );
}

/** A colour and what it stands for. */
export function Key({ look, children }: { look: string; children: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <span aria-hidden className={`size-3 rounded-sm ${look}`} /> {children}
    </span>
  );
}

/** The same in words. */
export function DaysTable<D extends Day>(props: {
  label: string;
  head: readonly string[];
  days: readonly D[];
  cells: (day: D) => readonly string[];
}) {
  return (
    <Table label={props.label} head={['Day (UTC)', ...props.head, 'Looked at']}>
      {props.days.map((each) => (
        <tr key={each.day}>
          <td>{each.day}</td>
          {props.cells(each).map((cell, nth) => (
            <td key={props.head[nth]} className="tabular-nums">
              {cell}
            </td>
          ))}
          <td>{each.looked ? 'yes' : 'no scan'}</td>
        </tr>
      ))}
    </Table>
  );
}
