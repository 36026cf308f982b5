/**
 * The graph as a drawing. Every node is a link: a click looks around it, a double click opens it;
 * arrows move along the lines, Enter and Shift Enter do what the clicks do.
 */
import { type KeyboardEvent, type MouseEvent, memo, useId, useMemo, useRef, useState } from 'react';
import type { Graph, GraphNode } from '@/client';
import { classes } from '@/ui/classes';
import { visible } from '@/ui/inert';
import { type Arrow, HEAD, layOut, MARGIN, NODE, neighbours, type Placed, step } from './layout';
import { kindWord, sentence, standing } from './words';

/** Within this time (milliseconds) a second click makes a double click of the first. */
const SECOND_CLICK_MS = 250;
const ARROWS: readonly string[] = [
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
] satisfies Arrow[];

/** As the severity badges have it. */
const TONE = {
  critical: ['fill-critical-tint', 'fill-critical'],
  high: ['fill-high-tint', 'fill-high'],
  medium: ['fill-medium-tint', 'fill-medium'],
  low: ['fill-low-tint', 'fill-low'],
  info: ['fill-info-tint', 'fill-info'],
} as const;

export function Drawing(props: {
  graph: Graph;
  /** The node that is looked from. */
  here: string | undefined;
  hrefOf: (node: GraphNode) => string;
  onLookAround: (node: GraphNode) => void;
  onOpen: (node: GraphNode) => void;
}) {
  const { graph, here } = props;
  const layout = useMemo(() => layOut(graph), [graph]);
  const near = useMemo(() => neighbours(graph), [graph]);
  const nodes = useMemo(() => new Map(graph.nodes.map((node) => [node.id, node])), [graph]);
  const [active, setActive] = useState<string>();
  const drawn = useRef<SVGSVGElement>(null);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const id = useId();
  // One stop for Tab: the node last looked at, the start, else the first.
  const tabStop = [active, here].find((each) => each !== undefined && nodes.has(each));
  const first = layout.columns[0]?.nodes[0]?.node.id;

  const nodeAt = (target: EventTarget) =>
    nodes.get((target as Element).closest('[data-node]')?.getAttribute('data-node') ?? '');
  const onClick = (event: MouseEvent) => {
    const node = nodeAt(event.target);
    const isElsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
    if (!node || isElsewhere) return;
    event.preventDefault();
    clearTimeout(waiting.current);
    // A key has no second click to wait for.
    if (event.detail === 0) props.onLookAround(node);
    else if (event.detail > 1) props.onOpen(node);
    else waiting.current = setTimeout(() => props.onLookAround(node), SECOND_CLICK_MS);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = nodeAt(event.target);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && event.shiftKey) props.onOpen(node);
    else if (ARROWS.includes(event.key)) {
      const next = step(layout, near, node.id, event.key as Arrow);
      const links = drawn.current?.querySelectorAll<SVGAElement>('[data-node]') ?? [];
      [...links].find((link) => link.getAttribute('data-node') === next)?.focus();
    } else return;
    event.preventDefault();
  };

  return (
    <section
      aria-label="Drawing, scrolls both ways"
      className="max-h-[75dvh] overflow-auto rounded-xl border border-line bg-surface p-2"
    >
      <p id={`${id}-keys`} className="sr-only">
        Arrow keys move between nodes, Enter looks around one, Shift Enter opens it. The table says
        the same in words.
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: within a drawing there is no such element */}
      <svg
        ref={drawn}
        role="group"
        aria-label={`Graph of ${graph.nodes.length} nodes`}
        aria-describedby={`${id}-keys`}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        width={layout.width}
        height={layout.height}
        className="mx-auto print:h-auto print:w-full"
        onClick={onClick}
        onKeyDown={onKeyDown}
        onFocus={(event) => setActive(nodeAt(event.target)?.id)}
        onMouseOver={(event) => setActive(nodeAt(event.target)?.id)}
      >
        <clipPath id={`${id}-clip`}>
          <rect x={8} width={NODE.width - 16} height={NODE.height} />
        </clipPath>
        <Lines layout={layout} active={active} />
        {layout.columns.map(({ kind, x, nodes: column }) => (
          <g key={kind}>
            <text x={x} y={MARGIN + HEAD - 12} className="fill-ink-muted text-[12px] font-medium">
              {kindWord[kind][column.length === 1 ? 0 : 1]} ({column.length})
            </text>
            {column.map((placed) => (
              <Node
                key={placed.node.id}
                placed={placed}
                connected={near.get(placed.node.id)?.size ?? 0}
                href={props.hrefOf(placed.node)}
                clip={`url(#${id}-clip)`}
                isHere={placed.node.id === here}
                isTabStop={placed.node.id === (tabStop ?? first)}
              />
            ))}
          </g>
        ))}
      </svg>
    </section>
  );
}

function Lines(props: { layout: ReturnType<typeof layOut>; active: string | undefined }) {
  const isActive = ({ from, to }: { from: string; to: string }) =>
    from === props.active || to === props.active;
  return (
    <g aria-hidden fill="none">
      {/* Those of the active node last, above the others. */}
      {[...props.layout.lines]
        .sort((a, b) => Number(isActive(a)) - Number(isActive(b)))
        .map((line) => (
          <path
            key={`${line.from} ${line.to}`}
            d={line.path}
            strokeWidth={isActive(line) ? 2 : 1}
            className={isActive(line) ? 'stroke-accent' : 'stroke-line-strong'}
          />
        ))}
    </g>
  );
}

const Node = memo(function Node(props: {
  placed: Placed;
  connected: number;
  href: string;
  clip: string;
  isHere: boolean;
  isTabStop: boolean;
}) {
  const { node, x, y } = props.placed;
  const [box, word] = node.severity
    ? TONE[node.severity]
    : (['fill-surface', 'fill-ink-muted'] as const);
  return (
    <a
      href={props.href}
      data-node={node.id}
      tabIndex={props.isTabStop ? 0 : -1}
      aria-current={props.isHere ? 'location' : undefined}
      className="group outline-none"
    >
      {/* Its name, and what is shown over it: the label whole. */}
      <title>{visible(sentence(node, props.connected))}</title>
      <g transform={`translate(${x} ${y})`}>
        <rect
          width={NODE.width}
          height={NODE.height}
          rx={8}
          className={classes(
            box,
            'group-hover:stroke-accent group-focus-visible:stroke-accent group-focus-visible:stroke-3',
            props.isHere ? 'stroke-accent stroke-2' : 'stroke-line-strong',
          )}
        />
        <g clipPath={props.clip}>
          <text
            x={10}
            y={18}
            direction="ltr"
            unicodeBidi="isolate"
            className="fill-ink text-[13px] font-medium"
          >
            {short(node.label)}
          </text>
          <text x={10} y={35} className={classes(word, 'text-[12px]')}>
            {standing(node)}
          </text>
        </g>
      </g>
    </a>
  );
});

/** As many characters as have room, of these the last ones; the whole is in the table. */
const FITS = { all: 23, last: 10 };

/** The middle goes: a host begins with what tells it apart, and a service ends with its port. */
function short(label: string): string {
  const letters = [...visible(label)];
  if (letters.length <= FITS.all) return letters.join('');
  const first = letters.slice(0, FITS.all - FITS.last - 1);
  return `${first.join('')}…${letters.slice(-FITS.last).join('')}`;
}
