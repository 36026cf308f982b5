/** A signed statement of what a tree was, and the public key that is trusted to make it. */
import { canonical } from './canonical';
import { hex } from './tree';

/** Media types heads are signed under: neither tree's head passes for the other's. */
export const LEDGER_HEAD = 'application/vnd.watchtower.tree-head.v1+json';
export const AUDIT_HEAD = 'application/vnd.watchtower.audit-head.v1+json';

/** The state of a tree, and the signature over it. */
export interface SignedHead {
  readonly at: string;
  readonly key_id: string;
  readonly root_hash: string;
  readonly signature: string;
  readonly tenant_key: string;
  readonly tree_size: number;
}

const FIELDS = ['at', 'key_id', 'root_hash', 'signature', 'tenant_key', 'tree_size'];

/** A head with exactly its fields; nothing for anything else. */
export function headOf(value: unknown): SignedHead | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const head = value as SignedHead;
  const named = Object.keys(head).sort().join() === FIELDS.join();
  return named && Number.isSafeInteger(head.tree_size) ? head : undefined;
}

/** The key of a ledger: Ed25519, as SPKI in PEM. */
export interface LedgerKey {
  readonly key: CryptoKey;
  readonly id: string;
}

/** Reads a public key. Throws what is wrong with it, in words. */
export async function readKey(pem: string): Promise<LedgerKey> {
  const body = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/.exec(pem);
  const bytes = body?.[1] && fromBase64(body[1].replace(/\s/g, ''));
  if (!bytes)
    throw new Error('This is not a public key: it begins with -----BEGIN PUBLIC KEY-----.');
  const key = await importKey(bytes);
  if (!key)
    throw new Error('This is not an Ed25519 key, or this browser cannot check such signatures.');
  return key;
}

/** The key of an SPKI; nothing for what is none. */
export async function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<LedgerKey | undefined> {
  const id = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
  try {
    return { key: await crypto.subtle.importKey('spki', bytes, 'Ed25519', false, ['verify']), id };
  } catch {
    return undefined;
  }
}

/** Whether `key` signed exactly this head, as the head of this kind of tree. */
export async function isSigned(head: SignedHead, type: string, key: LedgerKey) {
  const { at, root_hash, tenant_key, tree_size } = head;
  if (head.key_id !== key.id) return false;
  return isSignedBy(key, type, canonical({ at, root_hash, tenant_key, tree_size }), head.signature);
}

/** Whether a key signed this text under this type. */
export async function isSignedBy(
  { key }: LedgerKey,
  type: string,
  text: string,
  signed_as: unknown,
): Promise<boolean> {
  const signature = fromBase64(signed_as);
  if (!signature) return false;
  const body = new TextEncoder().encode(text);
  // The pre-authentication encoding of DSSE.
  const front = new TextEncoder().encode(`DSSEv1 ${type.length} ${type} ${body.length} `);
  const signed = new Uint8Array(front.length + body.length);
  signed.set(front);
  signed.set(body, front.length);
  return crypto.subtle.verify('Ed25519', key, signature, signed);
}

/** The bytes, if this is the one spelling of them: spare bits at the end would hide a change. */
export function fromBase64(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = atob(String(text));
    if (btoa(bytes) !== text) return undefined;
    return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
