import { expect, it } from 'vitest';
import type { GraphNode } from '@/client';
import { layOut, NODE, neighbours, step } from './layout';

const node = (id: string): GraphNode => ({
  id,
  kind: id.slice(0, id.indexOf(':')) as GraphNode['kind'],
  label: id,
  open: 0,
});
const graph = (ids: readonly string[], ...edges: (readonly [string, string])[]) => ({
  nodes: ids.map(node),
  edges: edges.map(([from, to]) => ({ from, to, kind: 'has' as const })),
});
const ids = (layout: ReturnType<typeof layOut>) =>
  layout.columns.map(({ nodes }) => nodes.map(({ node }) => node.id));

/** Lines between the same two columns that cross each other. */
function crossings(layout: ReturnType<typeof layOut>): number {
  const y = new Map(
    layout.columns.flatMap(({ nodes }) => nodes.map((each) => [each.node.id, each] as const)),
  );
  let crossed = 0;
  for (const one of layout.lines)
    for (const other of layout.lines) {
      const [a, b, c, d] = [one.from, one.to, other.from, other.to].map((id) => y.get(id));
      if (!a || !b || !c || !d || a.x !== c.x || b.x !== d.x) continue;
      if (a.y < c.y && b.y > d.y) crossed += 1;
    }
  return crossed;
}

it('has a column for each kind there is, from what is owned to what was found', () => {
  const layout = layOut(graph(['finding:f', 'service:s', 'asset:a']));
  expect(ids(layout)).toEqual([['asset:a'], ['service:s'], ['finding:f']]);
  const [first, second] = layout.columns;
  expect(second?.x).toBeGreaterThan((first?.x ?? 0) + NODE.width);
});

it('draws nothing over another and everything within', () => {
  const layout = layOut(graph(Array.from({ length: 40 }, (_, nth) => `service:${nth}`)));
  const [column] = layout.columns;
  const tops = column?.nodes.map(({ y }) => y) ?? [];
  tops.slice(1).forEach((y, nth) => {
    expect(y - (tops[nth] ?? 0)).toBeGreaterThan(NODE.height);
  });
  expect((tops.at(-1) ?? 0) + NODE.height).toBeLessThan(layout.height);
  expect(layout.width).toBeGreaterThan(NODE.width);
});

it('untangles what was given crosswise', () => {
  const rows = [0, 1, 2, 3, 4];
  const layout = layOut(
    graph(
      [...rows.map((n) => `asset:${n}`), ...rows.map((n) => `service:${4 - n}`)],
      ...rows.map((n) => [`asset:${n}`, `service:${n}`] as const),
    ),
  );
  expect(layout.lines).toHaveLength(5);
  expect(crossings(layout)).toBe(0);
});

it('draws a line once, and none to itself or to what was cut off', () => {
  const layout = layOut(
    graph(
      ['asset:a', 'name:n', 'name:m'],
      ['asset:a', 'name:n'],
      ['name:n', 'asset:a'],
      ['name:n', 'name:m'],
      ['name:n', 'name:n'],
      ['asset:a', 'service:gone'],
    ),
  );
  expect(layout.lines.map(({ from, to }) => [from, to])).toEqual([
    ['asset:a', 'name:n'],
    ['name:n', 'name:m'],
  ]);
});

it('is empty of nothing', () => {
  expect(layOut(graph([])).columns).toEqual([]);
});

it('moves along lines with the arrows, and stops at the edge', () => {
  const given = graph(
    ['asset:a', 'asset:b', 'service:s', 'service:t', 'finding:f'],
    ['asset:a', 'service:s'],
    ['asset:b', 'service:t'],
    ['asset:b', 'finding:f'],
  );
  const layout = layOut(given);
  const go = (from: string, arrow: Parameters<typeof step>[3]) =>
    step(layout, neighbours(given), from, arrow);
  expect(go('asset:a', 'ArrowDown')).toBe('asset:b');
  expect(go('asset:b', 'ArrowUp')).toBe('asset:a');
  expect(go('asset:a', 'ArrowUp')).toBeUndefined();
  expect(go('asset:a', 'ArrowRight')).toBe('service:s');
  expect(go('service:t', 'ArrowLeft')).toBe('asset:b');
  // Past a column, where the line goes there.
  expect(go('finding:f', 'ArrowLeft')).toBe('asset:b');
  // Nothing hangs on it that way, so the nearest of the next column.
  expect(go('service:s', 'ArrowRight')).toBe('finding:f');
  expect(go('asset:a', 'ArrowLeft')).toBeUndefined();
  expect(go('asset:a', 'End')).toBe('asset:b');
  expect(go('asset:b', 'Home')).toBe('asset:a');
  expect(go('asset:gone', 'Home')).toBeUndefined();
});
