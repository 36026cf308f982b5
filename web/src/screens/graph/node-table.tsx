/** The graph in words: each node, how it stands, what it is connected with. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useOrg } from '@/app/session';
import type { Graph, GraphNode } from '@/client';
import { stateWord } from '@/say/words';
import { SeverityBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { KINDS, neighbours } from './layout';
import { NodeLink } from './open-node';
import { kindWord } from './words';

const route = getRouteApi('/in/o/$org/graph');

/** Connections that are named; the others are counted. */
const NAMED = 6;

/** Every node on a row, in the order of the columns of the drawing; `inOrder` keeps its own. */
export function NodeTable({ graph, inOrder }: { graph: Graph; inOrder?: boolean }) {
  const near = useMemo(() => neighbours(graph), [graph]);
  const labels = useMemo(() => new Map(graph.nodes.map((node) => [node.id, node.label])), [graph]);
  const nodes = inOrder
    ? graph.nodes
    : graph.nodes.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  return (
    <Table label="Nodes" head={['Kind', 'Node', 'Severity', 'Open', 'Connected with', '']}>
      {nodes.map((node) => (
        <tr key={node.id}>
          <td>{kindWord[node.kind][0]}</td>
          <td className="min-w-40">
            <Around node={node} />
          </td>
          <td>{node.severity ? <SeverityBadge severity={node.severity} /> : '—'}</td>
          <td className="tabular-nums">
            {node.state ? stateWord[node.state] : node.open.toLocaleString('en')}
          </td>
          <td className="min-w-56 text-[0.8125rem] break-words">
            <Names ids={[...(near.get(node.id) ?? [])]} labels={labels} />
          </td>
          <td>
            <NodeLink node={node}>Open</NodeLink>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Around({ node }: { node: GraphNode }) {
  const org = useOrg();
  const search = route.useSearch();
  return (
    <Link
      to="/o/$org/graph"
      params={{ org }}
      search={{ ...search, from: node.id, to: undefined }}
      data-row
      className="font-medium break-all hover:underline"
    >
      <Inert>{node.label}</Inert>
    </Link>
  );
}

function Names({ ids, labels }: { ids: readonly string[]; labels: ReadonlyMap<string, string> }) {
  if (ids.length === 0) return 'nothing';
  return (
    <>
      {ids.slice(0, NAMED).map((id, nth) => (
        <span key={id}>
          {nth > 0 && ', '}
          <Inert>{labels.get(id) ?? id}</Inert>
        </span>
      ))}
      {ids.length > NAMED && ` and ${ids.length - NAMED} more`}
    </>
  );
}
