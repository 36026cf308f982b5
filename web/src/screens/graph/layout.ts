/**
 * Where each node of a graph is drawn: a column for each kind, from what is owned to what was found,
 * and in a column beside what it hangs on, so that lines cross seldom and stay short.
 */
import type { Graph, GraphNode } from '@/client';

/** Columns from left to right; a kind nothing is of takes no room. */
export const KINDS = [
  'asset',
  'name',
  'address',
  'service',
  'exposure',
  'finding',
] as const satisfies GraphNode['kind'][];

/** The drawing's own units: CSS pixels where it is not scaled. */
export const NODE = { width: 184, height: 44 };
const GAP = { across: 56, down: 12 };
/** Room around everything, so that a focus ring is not cut off. */
export const MARGIN = 6;
/** Room above a column for its name. */
export const HEAD = 26;
/** Times the columns are put in order, there and back; more changes little. */
const SWEEPS = 4;

/** A node with its upper left corner. */
export interface Placed {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

/** A line between two of them. */
export interface Line {
  readonly from: string;
  readonly to: string;
  /** An SVG path. */
  readonly path: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly { kind: GraphNode['kind']; x: number; nodes: readonly Placed[] }[];
  readonly lines: readonly Line[];
}

/** The neighbours of each node, whichever way the edge points. */
export function neighbours(graph: Pick<Graph, 'nodes' | 'edges'>): Map<string, Set<string>> {
  const of = new Map<string, Set<string>>(graph.nodes.map(({ id }) => [id, new Set()]));
  for (const { from, to } of graph.edges) {
    // An edge to what was cut off has nowhere to go.
    if (!of.has(from) || !of.has(to) || from === to) continue;
    of.get(from)?.add(to);
    of.get(to)?.add(from);
  }
  return of;
}

/** Puts every node in its place. */
export function layOut(graph: Pick<Graph, 'nodes' | 'edges'>): Layout {
  const near = neighbours(graph);
  const columns = inOrder(
    KINDS.map((kind) => graph.nodes.filter((node) => node.kind === kind)).filter(
      (column) => column.length > 0,
    ),
    near,
  );
  const tallest = Math.max(0, ...columns.map(heightOf));
  const places = new Map<string, Placed>();
  const placed = columns.map((column, nth) => {
    const x = MARGIN + nth * (NODE.width + GAP.across);
    // A short column stands in the middle of a long one, beside what it belongs to.
    const top = MARGIN + HEAD + (tallest - heightOf(column)) / 2;
    const nodes = column.map((node, row) => {
      const it = { node, x, y: top + row * (NODE.height + GAP.down) };
      places.set(node.id, it);
      return it;
    });
    return { kind: (column[0] as GraphNode).kind, x, nodes };
  });
  return {
    width: 2 * MARGIN + columns.length * NODE.width + Math.max(0, columns.length - 1) * GAP.across,
    height: 2 * MARGIN + HEAD + tallest,
    columns: placed,
    lines: linesOf(graph, places),
  };
}

const heightOf = (column: readonly unknown[]) =>
  column.length * NODE.height + Math.max(0, column.length - 1) * GAP.down;

/** Each column by the mean place of what its nodes hang on, from left to right and back again. */
function inOrder(
  given: readonly (readonly GraphNode[])[],
  near: ReadonlyMap<string, ReadonlySet<string>>,
): GraphNode[][] {
  const columns = given.map((column) => [...column]);
  const rowOf = new Map<string, number>();
  const count = (column: readonly GraphNode[]) => {
    column.forEach(({ id }, row) => {
      // Between 0 and 1, so that a long column does not outvote a short one.
      rowOf.set(id, (row + 0.5) / column.length);
    });
  };
  columns.forEach(count);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const order = sweep % 2 === 0 ? columns : columns.toReversed();
    for (const column of order) {
      const own = new Set(column.map(({ id }) => id));
      const wish = new Map(column.map(({ id }) => [id, meanRow(id, near, rowOf, own)]));
      column.sort((a, b) => (wish.get(a.id) ?? 0) - (wish.get(b.id) ?? 0));
      count(column);
    }
  }
  return columns;
}

/** The mean row of a node's neighbours in other columns; its own where it has none. */
function meanRow(
  id: string,
  near: ReadonlyMap<string, ReadonlySet<string>>,
  rowOf: ReadonlyMap<string, number>,
  own: ReadonlySet<string>,
): number {
  const rows = [...(near.get(id) ?? [])]
    .filter((each) => !own.has(each))
    .map((each) => rowOf.get(each) ?? 0);
  if (rows.length === 0) return rowOf.get(id) ?? 0;
  return rows.reduce((sum, row) => sum + row, 0) / rows.length;
}

function linesOf(graph: Pick<Graph, 'edges'>, places: ReadonlyMap<string, Placed>): Line[] {
  const seen = new Set<string>();
  const lines: Line[] = [];
  for (const { from, to } of graph.edges) {
    const [one, other] = [places.get(from), places.get(to)];
    const pair = [from, to].sort().join('\n');
    if (!one || !other || from === to || seen.has(pair)) continue;
    seen.add(pair);
    const [left, right] = one.x <= other.x ? [one, other] : [other, one];
    lines.push({ from, to, path: curve(left, right) });
  }
  return lines;
}

/** From the right side of the one to the left side of the other; a bow where both are in one column. */
function curve(left: Placed, right: Placed): string {
  const [y1, y2] = [left.y + NODE.height / 2, right.y + NODE.height / 2];
  const x1 = left.x + NODE.width;
  if (left.x === right.x) {
    const out = x1 + GAP.across * 0.6;
    return `M${x1} ${y1} C${out} ${y1} ${out} ${y2} ${x1} ${y2}`;
  }
  const x2 = right.x;
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

/** The keys that move between nodes. */
export type Arrow = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'Home' | 'End';

/**
 * Where an arrow leads from a node: up and down in its column, left and right along a line to the
 * nearest it is connected with, else to the nearest at all; nothing at the edge.
 */
export function step(
  layout: Layout,
  near: ReadonlyMap<string, ReadonlySet<string>>,
  from: string,
  arrow: Arrow,
): string | undefined {
  const at = layout.columns.findIndex(({ nodes }) => nodes.some(({ node }) => node.id === from));
  const column = layout.columns[at]?.nodes ?? [];
  const row = column.findIndex(({ node }) => node.id === from);
  if (arrow === 'Home') return column[0]?.node.id;
  if (arrow === 'End') return column.at(-1)?.node.id;
  if (arrow === 'ArrowUp') return row > 0 ? column[row - 1]?.node.id : undefined;
  if (arrow === 'ArrowDown') return column[row + 1]?.node.id;
  const way = arrow === 'ArrowRight' ? 1 : -1;
  const beyond = layout.columns
    .filter((_, nth) => (nth - at) * way > 0)
    .flatMap(({ nodes }) => nodes);
  const next = layout.columns[at + way]?.nodes ?? [];
  const linked = beyond.filter(({ node }) => near.get(from)?.has(node.id));
  const y = column[row]?.y ?? 0;
  const closest = (linked.length > 0 ? linked : next).toSorted(
    (a, b) => Math.abs(a.y - y) - Math.abs(b.y - y),
  );
  return closest[0]?.node.id;
}
