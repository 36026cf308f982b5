/** What a node of the graph is called, how it stands, and which screen tells more of it. */

import type { GraphNode } from '@/client';
import { count, severityWord, stateWord } from '@/say/words';

export type Kind = GraphNode['kind'];

/** One of a kind, and many. */
export const kindWord: Record<Kind, readonly [one: string, many: string]> = {
  asset: ['Asset', 'Assets'],
  name: ['Name', 'Names'],
  address: ['Address', 'Addresses'],
  service: ['Service', 'Services'],
  exposure: ['Exposure', 'Exposures'],
  finding: ['Finding', 'Findings'],
};

/** How a node stands, in a few words: its severity and state, or how much is open on it. */
export function standing(node: GraphNode): string {
  const severity = node.severity && severityWord[node.severity];
  const rest = node.state
    ? stateWord[node.state].toLowerCase()
    : node.open === 0
      ? 'nothing open'
      : `${node.open.toLocaleString('en')} open`;
  return severity ? `${severity}, ${rest}` : rest.replace(/^n/, 'N');
}

/** A node read aloud, without the lines. */
export function sentence(node: GraphNode, connected: number): string {
  return `${kindWord[node.kind][0]} ${node.label}, ${standing(node)}, ${count(connected, 'connection')}`;
}

/** Where more is told of a node. */
export type Detail =
  | { screen: 'asset'; id: string }
  | { screen: 'exposure'; key: string }
  | { screen: 'exposures'; filter: string };

const SERVICE = /^\[?(.+?)\]?:(\d+)\/\w+$/;

/** The screen of a node, by its id: `asset:ast_…`, `service:host:443/tcp` and so on. */
export function detailOf(node: Pick<GraphNode, 'id' | 'kind'>): Detail {
  const name = node.id.slice(node.id.indexOf(':') + 1);
  switch (node.kind) {
    case 'asset':
      return { screen: 'asset', id: name };
    case 'exposure':
      return { screen: 'exposure', key: name };
    case 'finding':
      return { screen: 'exposures', filter: `check:${term(name)}` };
    case 'service': {
      const [, host = name, port] = SERVICE.exec(name) ?? [];
      return {
        screen: 'exposures',
        filter: port ? `asset:${term(host)} port:${port}` : `asset:${term(host)}`,
      };
    }
    default:
      return { screen: 'exposures', filter: `asset:${term(name)}` };
  }
}

/** Quoted where it would be read as more than one term. */
function term(text: string): string {
  return /[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text;
}
