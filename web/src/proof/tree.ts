/** The Merkle tree of a ledger: RFC 6962 §2.1, with the inclusion check of RFC 9162 §2.1.3.2. */

/** A SHA-256. */
export type Hash = Uint8Array<ArrayBuffer>;

async function sha256(...parts: Uint8Array[]): Promise<Hash> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The hash of a leaf's bytes. */
export const leafHash = (text: string) => sha256(LEAF, new TextEncoder().encode(text));

const nodeHash = (left: Hash, right: Hash) => sha256(NODE, left, right);

/** The root that a leaf's path leads to; nothing if the path does not fit the place. */
export async function rootFrom(leaf: Hash, index: number, size: number, path: readonly Hash[]) {
  if (index >= size) return undefined;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash);
      // A node without a right sibling moved up as it is.
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 ? hash : undefined;
}

const half = (number: number) => Math.floor(number / 2);

/** Grows by one leaf at a time and keeps only the roots of full subtrees. */
export class Frontier {
  private readonly full: { height: number; hash: Hash }[] = [];
  size = 0;

  async append(leaf: Hash): Promise<void> {
    let node = { height: 0, hash: leaf };
    for (;;) {
      const left = this.full.at(-1);
      if (left?.height !== node.height) break;
      this.full.pop();
      node = { height: node.height + 1, hash: await nodeHash(left.hash, node.hash) };
    }
    this.full.push(node);
    this.size += 1;
  }

  /** The root over all leaves so far; of none, the hash of nothing. */
  async root(): Promise<Hash> {
    let root = this.full.at(-1)?.hash;
    if (!root) return sha256();
    for (const { hash } of this.full.slice(0, -1).reverse()) root = await nodeHash(hash, root);
    return root;
  }
}

/** 64 hexadecimal digits; nothing for anything else. */
export function hashOf(text: unknown): Hash | undefined {
  if (typeof text !== 'string' || !/^[0-9a-f]{64}$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
