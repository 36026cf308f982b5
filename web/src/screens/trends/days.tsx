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
  /** What went wrong on a day, by day. */
  marks: ReadonlyMap<string, string>;
  legend: ReactNode;
}) {
  const { days, marks } = props;
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
            <title>
              {[
                `${each.day}: ${each.looked ? '' : 'no scan; '}${props.says(each)}`,
                marks.get(each.day),
              ]
                .filter(Boolean)
                .join('; ')}
            </title>
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
            {marks.has(each.day) && <Mark at={step / 2} />}
            <DayName day={each.day} nth={nth} of={days.length} step={step} />
          </g>
        ))}
        {named(days, step).map(({ from, width, days: many }) => (
          <text
            key={from}
            x={from * step + width / 2}
            y={24}
            textAnchor="middle"
            // Its own ground, where a bar stands behind it.
            className="fill-ink stroke-surface stroke-[4px] text-[11px] [paint-order:stroke]"
          >
            {many === 1 ? 'no scan' : `${many} days without a scan`}
          </text>
        ))}
      </svg>
      <figcaption className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-muted">
        {props.legend}
        <Key look="border border-line bg-sunken">No scan</Key>
        {days.some(({ day }) => marks.has(day)) && (
          <span className="flex items-center gap-1.5">
            <svg viewBox="-6 0 12 10" aria-hidden className="h-2.5 w-3">
              <Mark at={0} />
            </svg>
            A scan failed
          </span>
        )}
        <span>Highest: {props.most.toLocaleString('en')}</span>
      </figcaption>
    </figure>
  );
}

/** Where something went wrong: a shape, so that it is seen without its colour, too. */
function Mark({ at }: { at: number }) {
  return (
    <path d={`M ${at - 6} 0 L ${at + 6} 0 L ${at} 10 Z`} className="fill-critical stroke-surface" />
  );
}

/** Width of a letter of a name in the drawing, about. */
const LETTER = 6;

/** Gaps that are wide enough to be named, by the number of their first day. */
function named(days: readonly Day[], step: number) {
  const gaps: { from: number; days: number }[] = [];
  days.forEach(({ looked }, nth) => {
    const last = gaps.at(-1);
    if (looked) return;
    if (last && last.from + last.days === nth) last.days += 1;
    else gaps.push({ from: nth, days: 1 });
  });
  return gaps
    .map((gap) => ({ ...gap, width: gap.days * step }))
    .filter(({ width, days: many }) => width > LETTER * (many === 1 ? 7 : 24));
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
  marks: ReadonlyMap<string, string>;
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
          <td>
            {[each.looked ? 'yes' : 'no scan', props.marks.get(each.day)]
              .filter(Boolean)
              .join('; ')}
          </td>
        </tr>
      ))}
    </Table>
  );
}
