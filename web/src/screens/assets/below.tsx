/** What was seen below an asset: its names and addresses, and what is open on their ports. */
import { useQuery } from '@tanstack/react-query';
import type { Graph, GraphNode } from '@/client';
import { getGraphOptions } from '@/client/@tanstack/react-query.gen';
import { SeverityBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';
import { NodeLink } from '../graph/open-node';

/** From the asset over names and addresses to their services. */
const DEPTH = 3;

export function Below({ id }: { id: string }) {
  const graph = useQuery(getGraphOptions({ query: { from: `asset:${id}`, depth: DEPTH } }));
  if (graph.isPending) return <Waiting what="what is below it" />;
  if (graph.isError)
    return <ProblemNotice error={graph.error} retry={() => void graph.refetch()} />;
  const hosts = below(graph.data, `asset:${id}`);
  if (hosts.length === 0)
    return (
      <p className="text-sm text-ink-muted">Nothing is open below it, or it was never scanned.</p>
    );
  return (
    <div className="grid gap-2">
      <ul className="grid gap-2 text-sm">
        {hosts.map(({ node, services }) => (
          <li key={node.id} className="grid gap-1">
            <Line node={node} />
            {services.length > 0 && (
              <ul className="grid gap-1 border-l border-line pl-4">
                {services.map((service) => (
                  <li key={service.id}>
                    <Line node={service} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      {graph.data.truncated && (
        <p className="text-sm text-ink-muted">There is more than is shown here.</p>
      )}
    </div>
  );
}

function Line({ node }: { node: GraphNode }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className="font-mono text-[0.8125rem] break-all">
        <Inert>{node.label}</Inert>
      </span>
      {node.severity && <SeverityBadge severity={node.severity} />}
      <span className="text-ink-muted">{node.open.toLocaleString('en')} open</span>
      <NodeLink node={node}>Exposures</NodeLink>
    </span>
  );
}

/** Its hosts with their services, each by its name. */
export function below(graph: Graph, start: string) {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const next = (id: string, kinds: readonly GraphNode['kind'][]) => [
    ...new Set(
      graph.edges
        .filter(({ from }) => from === id)
        .map(({ to }) => nodes.get(to))
        .filter((node) => node !== undefined && kinds.includes(node.kind)) as GraphNode[],
    ),
  ];
  const byLabel = (a: GraphNode, b: GraphNode) =>
    a.label.localeCompare(b.label, 'en', { numeric: true });
  return next(start, ['name', 'address'])
    .sort(byLabel)
    .map((node) => ({ node, services: next(node.id, ['service']).sort(byLabel) }));
}
