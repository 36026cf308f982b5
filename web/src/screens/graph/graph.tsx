/** What hangs together: assets, names, addresses, services, and what was found on them. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useMay, useOrg } from '@/app/session';
import type { Graph, GraphNode } from '@/client';
import { findPathOptions, getGraphOptions } from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { stringifySearch } from '@/search/url-search';
import { SeverityBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { Inert, visible } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { Drawing } from './drawing';
import { NodeTable } from './node-table';
import { NodeLink, useOpenNode } from './open-node';
import { kindWord, standing } from './words';

const route = getRouteApi('/in/o/$org/graph');

/** Steps from the start, unless the address says otherwise. */
const DEPTH = '2';
const DEPTHS = [
  ['1', '1 step'],
  ['2', '2 steps'],
  ['3', '3 steps'],
  ['4', '4 steps'],
] as const;

export function GraphScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { from, to, depth = DEPTH, as = 'drawing' } = search;
  const around = useQuery({
    ...getGraphOptions({ query: { ...(from && { from }), depth: Number(depth) } }),
    // What is drawn stays until the next is there, and keeps the focus.
    placeholderData: keepPreviousData,
  });
  const way = useQuery({
    ...findPathOptions({ query: { from: from ?? '', to: to ?? '' } }),
    enabled: from !== undefined && to !== undefined,
  });
  const isWay = from !== undefined && to !== undefined;
  const shown = isWay ? way : around;
  const here = around.data?.nodes.find(({ id }) => id === from);
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next } });

  return (
    <Screen
      title="Graph"
      says="What hangs together, from what you own to what was found on it."
      actions={
        from !== undefined && (
          <Button onClick={() => set({ from: undefined, to: undefined })}>
            The whole organization
          </Button>
        )
      }
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2" data-no-print>
        <Choice
          label="As"
          value={as}
          onChange={(value) => set({ as: value === 'table' ? value : undefined })}
          options={[
            ['drawing', 'Drawing'],
            ['table', 'Table'],
          ]}
        />
        <Choice
          label="Up to"
          value={depth}
          onChange={(value) => set({ depth: value === DEPTH ? undefined : value || undefined })}
          options={DEPTHS}
        />
        {here && around.data && (
          <WayTo graph={around.data} from={here} to={to} onChange={(id) => set({ to: id })} />
        )}
      </div>
      {here && <Here node={here} />}
      {shown.isPending && <Waiting what={isWay ? 'the way' : 'what hangs together'} />}
      {shown.isError && <ProblemNotice error={shown.error} retry={() => void shown.refetch()} />}
      {shown.data && !shown.isError && <Shown graph={shown.data} isWay={isWay} />}
    </Screen>
  );
}

/** A graph, or why there is none. */
function Shown({ graph, isWay }: { graph: Graph; isWay: boolean }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const org = useOrg();
  const open = useOpenNode();
  const hrefOf = useCallback(
    (node: GraphNode) =>
      `/o/${org}/graph${stringifySearch({ ...search, from: node.id, to: undefined })}`,
    [org, search],
  );
  if (graph.nodes.length === 0) return <Nothing isWay={isWay} />;
  return (
    <>
      {graph.truncated && (
        <p role="status" className="text-sm">
          {`There is more: only ${count(graph.nodes.length, 'node')} are shown. `}
          Choose fewer steps, or look around one of them.
        </p>
      )}
      {isWay && (
        <p className="text-sm text-ink-muted">
          The shortest way has {count(graph.nodes.length - 1, 'step')}.
        </p>
      )}
      {search.as === 'table' ? (
        <NodeTable graph={graph} inOrder={isWay} />
      ) : (
        <Drawing
          graph={graph}
          here={search.from}
          hrefOf={hrefOf}
          onLookAround={(node) =>
            void navigate({ search: { ...search, from: node.id, to: undefined } })
          }
          onOpen={open}
        />
      )}
    </>
  );
}

/** The node that is looked from, and where more is told of it. */
function Here({ node }: { node: GraphNode }) {
  return (
    <Card title="Looking from">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="text-ink-muted">{kindWord[node.kind][0]}</span>
        <span className="min-w-0 font-medium break-all">
          <Inert>{node.label}</Inert>
        </span>
        {node.severity && <SeverityBadge severity={node.severity} />}
        <span className="text-ink-muted">{standing({ ...node, severity: undefined })}</span>
        <NodeLink node={node}>Open</NodeLink>
      </p>
    </Card>
  );
}

/** Which of what is near to find the way to. */
function WayTo(props: {
  graph: Graph;
  from: GraphNode;
  to: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { graph, from, to } = props;
  const others = graph.nodes
    .filter(({ id }) => id !== from.id)
    .map((node) => [node.id, `${kindWord[node.kind][0]} ${visible(node.label)}`] as const);
  const isOffered = to === undefined || others.some(([id]) => id === to);
  return (
    <Choice
      label="Way to"
      value={to ?? ''}
      onChange={(id) => props.onChange(id || undefined)}
      options={[['', 'Nothing'], ...others, ...(isOffered ? [] : [[to, visible(to)] as const])]}
    />
  );
}

function Nothing({ isWay }: { isWay: boolean }) {
  const { from } = route.useSearch();
  const org = useOrg();
  const mayScan = useMay('runs:create');
  if (isWay)
    return (
      <EmptyState
        title="No way between them"
        why="Nothing that was seen connects the two, or only over more steps than are looked at."
      />
    );
  if (from !== undefined)
    return (
      <EmptyState
        title="Nothing is known of it"
        why="It was never seen, or is not yours to see."
        action={
          <ButtonLink to="/o/$org/graph" params={{ org }}>
            The whole organization
          </ButtonLink>
        }
      />
    );
  return (
    <EmptyState
      title="Nothing to draw yet"
      why="The graph grows from what scans see. Nothing was found yet, or all of it is fixed."
      action={
        mayScan && (
          <ButtonLink to="/o/$org/scans/new" params={{ org }} look="primary">
            Scan now
          </ButtonLink>
        )
      }
    />
  );
}
