/**
 * Checks evidence packets and audit exports in the browser, with nothing but the ledger's public
 * key: the same steps in the same order as `watchtower verify-packet` and `watchtower audit verify`.
 */
import { canonical, parseCanonical } from './canonical';
import { AUDIT_HEAD, headOf, isSigned, LEDGER_HEAD, type LedgerKey, type SignedHead } from './head';
import { type Chain, KeysBroken, keyFor } from './succession';
import { Frontier, hashOf, hex, leafHash, rootFrom } from './tree';

/** Largest packet that is looked at, bytes (docs/contracts/packet.md). */
const PACKET_BYTES_MAX = 8 * 1024 * 1024;

/** What a file that held proves. */
export interface Proof {
  readonly kind: 'packet' | 'audit';
  readonly organization: string;
  readonly signedAt: string;
  /** Leaves of the tree. */
  readonly size: number;
  /** Of a packet: which leaf, and what happened. */
  readonly index?: number;
  readonly body?: Record<string, unknown>;
}

/** Why a file proves nothing. */
export class NotProven extends Error {}

/** Which key is believed, and what is known of those that lead from and to it. */
interface Trust {
  readonly key: LedgerKey;
  readonly chain?: Chain | undefined;
}

/** Checks a packet or an audit export; throws `NotProven` at the first thing that does not hold. */
export async function check(text: string, key: LedgerKey, chain?: Chain): Promise<Proof> {
  const first = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
  return first.includes('"format":"watchtower.audit.v1"')
    ? checkAudit(text, { key, chain })
    : checkPacket(text, { key, chain });
}

/** The head of a document, signed by a key that is believed, in that key's time. */
async function signedHead(
  value: unknown,
  type: string,
  { key, chain }: Trust,
  carried: unknown,
): Promise<SignedHead> {
  const head = headOf(value);
  try {
    const signer = head && (await keyFor(head, key, chain, carried));
    if (head && signer && (await isSigned(head, type, signer))) return head;
  } catch (error) {
    if (error instanceof KeysBroken) throw new NotProven(error.message);
    throw error;
  }
  throw new NotProven('Its head was not signed with this key.');
}

async function checkPacket(text: string, trust: Trust): Promise<Proof> {
  if (text.length > PACKET_BYTES_MAX) throw new NotProven('It is larger than any packet.');
  const packet = parseCanonical(text.replace(/\n$/, ''));
  if (!packet) throw new NotProven('Spacing, order or spelling was changed, or it is no packet.');
  const members = Object.keys(packet).filter((name) => name !== 'successions');
  if (members.sort().join() !== 'body,format,head,inclusion')
    throw new NotProven('It has other members than a packet.');
  if (packet.format !== 'watchtower.packet.v1') throw new NotProven('It is not a packet.');
  const head = await signedHead(packet.head, LEDGER_HEAD, trust, packet.successions);
  const body = record(packet.body);
  if (body.tenant_key !== head.tenant_key)
    throw new NotProven('It speaks of another organization than its head.');
  const inclusion = record(packet.inclusion);
  const index = Number(inclusion.leaf_index);
  const path = Array.isArray(inclusion.path) ? inclusion.path.map(hashOf) : [undefined];
  const isWhole = path.every((hash) => hash !== undefined);
  if (body.ledger_index !== inclusion.leaf_index || !Number.isSafeInteger(index) || !isWhole)
    throw new NotProven('It is not the leaf it says it is.');
  const root = await rootFrom(
    await leafHash(canonical(body)),
    index,
    head.tree_size,
    path.filter((hash) => hash !== undefined),
  );
  if (!root || hex(root) !== head.root_hash)
    throw new NotProven('Its path does not lead to the root that was signed.');
  return {
    kind: 'packet',
    organization: head.tenant_key,
    signedAt: head.at,
    size: head.tree_size,
    index,
    body,
  };
}

async function checkAudit(text: string, trust: Trust): Promise<Proof> {
  const [first = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const header = parseCanonical(first);
  if (header?.filtered !== false)
    throw new NotProven('Entries were filtered out: export everything to check it.');
  const head = await signedHead(header.head, AUDIT_HEAD, trust, header.successions);
  const tree = new Frontier();
  for (const [nth, line] of lines.entries()) {
    const wrong = (what: string) => new NotProven(`Line ${nth + 2}: ${what}`);
    const parsed = parseCanonical(line);
    if (!parsed) throw wrong('spacing, order or spelling was changed.');
    const entry = record(parsed.entry);
    const leaf = await leafHash(canonical(entry));
    if (hex(leaf) !== parsed.hash) throw wrong('the entry is not the one its hash was made of.');
    if (entry.index !== nth) throw wrong('the entry is not the next one of the chain.');
    if (entry.tenant_key !== head.tenant_key) throw wrong("the entry is another organization's.");
    await tree.append(leaf);
  }
  if (tree.size !== head.tree_size)
    throw new NotProven('The chain does not end where its signed head says.');
  if (hex(await tree.root()) !== head.root_hash)
    throw new NotProven('The entries are not those the head was signed over.');
  return { kind: 'audit', organization: head.tenant_key, signedAt: head.at, size: head.tree_size };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
