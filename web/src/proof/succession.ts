/** How one key of a ledger followed another, so that one pinned key leads to all (docs/contracts/ledger-keys.md). */
import { canonical } from './canonical';
import { fromBase64, importKey, isSignedBy, type LedgerKey } from './head';

const TYPE = 'application/vnd.watchtower.ledger-succession.v1+json';
const FIELDS = 'at,from,from_signature,to,to_signature';
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const WHOLE = 'YYYY-MM-DDTHH:MM:SS'.length;
/** Most successions that any ledger has. */
const SUCCESSIONS_MAX = 100;

/** Why statements about keys prove nothing. */
export class KeysBroken extends Error {}

/** A key, and when it signs; compared as text, to the second. */
interface DatedKey {
  readonly key: LedgerKey;
  readonly spki: string;
  readonly from?: string;
  until?: string;
}

/** Every key a ledger had, in order, and the statements that prove it. */
export interface Chain {
  readonly statements: readonly string[];
  readonly keys: readonly DatedKey[];
}

const second = (at: unknown) =>
  typeof at === 'string' && MOMENT.test(at) ? at.slice(0, WHOLE) : undefined;

/** Checks statements: both keys signed each, each follows the one before, and no key comes twice. */
export async function chainOf(statements: unknown): Promise<Chain> {
  if (!Array.isArray(statements) || statements.length > SUCCESSIONS_MAX)
    throw new KeysBroken('What it says of keys is none of what a ledger says.');
  const keys: DatedKey[] = [];
  for (const said of statements) {
    const { at, from, from_signature, to, to_signature } = said ?? {};
    const named = Object.keys(said ?? {})
      .sort()
      .join();
    if (named !== FIELDS || second(at)?.length !== String(at).length - 1)
      throw new KeysBroken('A succession has other members than it should.');
    const body = canonical({ at, from, to });
    const [older, newer] = [await keyOf(from), await keyOf(to)];
    const signed =
      (await isSignedBy(older, TYPE, body, from_signature)) &&
      (await isSignedBy(newer, TYPE, body, to_signature));
    if (!signed) throw new KeysBroken('A succession is not signed by both of its keys.');
    const last = keys.at(-1);
    if (last && last.spki !== from)
      throw new KeysBroken('A succession does not follow the one before it.');
    if (last?.from && last.from >= at)
      throw new KeysBroken('A succession is not later than the one before it.');
    if (from === to || keys.some((known) => known.spki === to))
      throw new KeysBroken('A key comes twice.');
    if (last) last.until = at;
    else keys.push({ key: older, spki: from, until: at });
    keys.push({ key: newer, spki: to, from: at });
  }
  return { statements: statements.map(canonical), keys };
}

/**
 * The key that may have signed a head of this name and moment: the pinned one, or one that leads
 * to or from it by what is known already or what the document carries.
 */
export async function keyFor(
  head: { key_id: string; at: string },
  pinned: LedgerKey,
  known: Chain | undefined,
  carried: unknown,
): Promise<LedgerKey | undefined> {
  const told = carried === undefined ? undefined : await chainOf(carried);
  if (told?.keys.length === 0) throw new KeysBroken('It carries successions that are none.');
  // Another installation's account of its keys says nothing about this pinned key.
  const own = known?.keys.some(({ key }) => key.id === pinned.id) ? known : undefined;
  const shared = Math.min(own?.statements.length ?? 0, told?.statements.length ?? 0);
  for (let nth = 0; nth < shared; nth += 1)
    if (own?.statements[nth] !== told?.statements[nth])
      throw new KeysBroken('Two accounts of the keys contradict each other.');
  const chain = (own?.statements.length ?? 0) > (told?.statements.length ?? 0) ? own : told;
  if (!chain) return pinned;
  if (!chain.keys.some(({ key }) => key.id === pinned.id)) return undefined;
  const dated = chain.keys.find(({ key }) => key.id === head.key_id);
  const at = second(head.at);
  if (!dated || !at) return undefined;
  if (
    (dated.from && at < dated.from.slice(0, WHOLE)) ||
    (dated.until && at >= dated.until.slice(0, WHOLE))
  )
    throw new KeysBroken('Its head is dated outside the time in which its key signed.');
  return dated.key;
}

async function keyOf(spki: unknown): Promise<LedgerKey> {
  const bytes = fromBase64(spki);
  const key = bytes && (await importKey(bytes));
  if (!key) throw new KeysBroken('A succession names what is no key.');
  return key;
}
