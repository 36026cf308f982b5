/** The way from a node of the graph to the screen that tells more of it. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { GraphNode } from '@/client';
import { visible } from '@/ui/inert';
import { detailOf } from './words';

const LOOK = 'font-medium text-accent underline';

/** A link to it. */
export function NodeLink({ node, children }: { node: GraphNode; children: string }) {
  const org = useOrg();
  const detail = detailOf(node);
  const more = { className: LOOK, 'aria-label': `${children}: ${visible(node.label)}` };
  if (detail.screen === 'asset')
    return (
      <Link to="/o/$org/assets/$id" params={{ org, id: detail.id }} {...more}>
        {children}
      </Link>
    );
  if (detail.screen === 'exposure')
    return (
      <Link to="/o/$org/exposures/$key" params={{ org, key: detail.key }} {...more}>
        {children}
      </Link>
    );
  return (
    <Link to="/o/$org/exposures" params={{ org }} search={{ filter: detail.filter }} {...more}>
      {children}
    </Link>
  );
}

/** The same at once. */
export function useOpenNode(): (node: GraphNode) => void {
  const org = useOrg();
  const navigate = useNavigate();
  return (node) => {
    const detail = detailOf(node);
    if (detail.screen === 'asset')
      void navigate({ to: '/o/$org/assets/$id', params: { org, id: detail.id } });
    else if (detail.screen === 'exposure')
      void navigate({ to: '/o/$org/exposures/$key', params: { org, key: detail.key } });
    else
      void navigate({
        to: '/o/$org/exposures',
        params: { org },
        search: { filter: detail.filter },
      });
  };
}
