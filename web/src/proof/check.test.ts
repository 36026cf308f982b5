import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonical, parseCanonical } from './canonical';
import { check, NotProven } from './check';
import { AUDIT_HEAD, LEDGER_HEAD, readKey } from './head';
import { chainOf, KeysBroken } from './succession';

const ORG = 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV';
interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}
const pair: Pair = generateKeyPairSync('ed25519');
const pemOf = ({ publicKey }: Pair) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const spkiOf = ({ publicKey }: Pair) => publicKey.export({ type: 'spki', format: 'der' });
const pem = pemOf(pair);
const signed = (by: Pair, type: string, body: string) =>
  sign(
    null,
    Buffer.from(`DSSEv1 ${type.length} ${type} ${Buffer.byteLength(body)} ${body}`),
    by.privateKey,
  ).toString('base64');

/* The definitions of RFC 6962 §2.1 as they stand there, apart from what is tested. */
const sha = (...parts: (Buffer | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leaf = (text: string) => sha(Buffer.of(0), text);
const split = (size: number) => 2 ** Math.floor(Math.log2(size - 1));
const root = (leaves: Buffer[]): Buffer => {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return leaves[0] as Buffer;
  const k = split(leaves.length);
  return sha(Buffer.of(1), root(leaves.slice(0, k)), root(leaves.slice(k)));
};
const path = (at: number, leaves: Buffer[]): Buffer[] => {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  return at < k
    ? [...path(at, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...path(at - k, leaves.slice(k)), root(leaves.slice(0, k))];
};

function head(type: string, leaves: Buffer[], by = pair, at = '2026-11-21T06:00:00Z') {
  const state = {
    at,
    root_hash: root(leaves).toString('hex'),
    tenant_key: ORG,
    tree_size: leaves.length,
  };
  const key_id = createHash('sha256').update(spkiOf(by)).digest('hex');
  return { ...state, key_id, signature: signed(by, type, canonical(state)) };
}

function packet(at: number, size: number, type = LEDGER_HEAD) {
  const bodies = Array.from({ length: size }, (_, nth) =>
    canonical({ ledger_index: nth, tenant_key: ORG, title: 'é 𝔊 \u001b"', verdict: 'FIXED' }),
  );
  const leaves = bodies.map(leaf);
  return canonical({
    body: JSON.parse(bodies[at] ?? ''),
    format: 'watchtower.packet.v1',
    head: head(type, leaves),
    inclusion: { leaf_index: at, path: path(at, leaves).map((hash) => hash.toString('hex')) },
  });
}

function auditExport(size: number, first = 0) {
  const entries = Array.from({ length: size }, (_, nth) =>
    canonical({ action: 'asset.create', index: nth + first, tenant_key: ORG }),
  );
  const header = {
    filtered: false,
    format: 'watchtower.audit.v1',
    head: head(AUDIT_HEAD, entries.map(leaf)),
  };
  const lines = entries.map((text) =>
    canonical({ entry: JSON.parse(text), hash: leaf(text).toString('hex') }),
  );
  return `${[canonical(header), ...lines].join('\n')}\n`;
}

describe('an evidence packet', () => {
  it('holds at every place of trees of every shape', async () => {
    const key = await readKey(pem);
    for (let size = 1; size <= 9; size += 1)
      for (let at = 0; at < size; at += 1)
        expect(await check(packet(at, size), key)).toMatchObject({
          kind: 'packet',
          organization: ORG,
          index: at,
          size,
        });
  });

  it('is refused with any one character changed', async () => {
    const key = await readKey(pem);
    const text = packet(2, 5);
    for (let at = 0; at < text.length; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
      await expect(check(changed, key), `character ${at}`).rejects.toBeInstanceOf(NotProven);
    }
  });

  it('is refused when its signature is spelled otherwise', async () => {
    const key = await readKey(pem);
    const text = packet(0, 1);
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    // The last letter before the padding has four bits that no byte takes.
    const other = text.replace(/(.)==/, (_all, last) => `${letters[letters.indexOf(last) ^ 1]}==`);
    expect(other).not.toBe(text);
    await expect(check(other, key)).rejects.toThrow(/not signed/);
  });

  it('is refused when it was printed prettily, or signed as something else', async () => {
    const key = await readKey(pem);
    const pretty = JSON.stringify(JSON.parse(packet(0, 1)), null, 2);
    await expect(check(pretty, key)).rejects.toThrow(/Spacing/);
    await expect(check(packet(0, 1, AUDIT_HEAD), key)).rejects.toThrow(/not signed/);
  });
});

describe('an audit export', () => {
  it('holds whatever its length', async () => {
    const key = await readKey(pem);
    for (const size of [0, 1, 2, 3, 6, 7, 8, 13])
      expect(await check(auditExport(size), key)).toMatchObject({ kind: 'audit', size });
  });

  it('is refused when an entry is gone, moved or changed', async () => {
    const key = await readKey(pem);
    const lines = auditExport(5).trimEnd().split('\n');
    const [first, a, b, ...rest] = lines as [string, string, string, ...string[]];
    for (const wrong of [
      [first, b, ...rest],
      [first, b, a, ...rest],
      lines.slice(0, -1),
      [first, a.replace('create', 'delete'), b, ...rest],
    ])
      await expect(check(wrong.join('\n'), key)).rejects.toBeInstanceOf(NotProven);
  });
});

it('refuses a chain that does not begin at its beginning, even a signed one', async () => {
  await expect(check(auditExport(2, 1), await readKey(pem))).rejects.toThrow(/not the next one/);
});

it('says what is no key', async () => {
  await expect(readKey('ssh-ed25519 AAAA')).rejects.toThrow(/not a public key/);
  await expect(readKey(pem.replace(/[A-Z]{2}/, 'AA'))).rejects.toThrow();
});

it('spells keys in the order of their bytes and refuses what is not kept exactly', () => {
  expect(canonical({ b: 1, a: [true, null, 'x'], '\u{1F600}': 1, '\uffff': 2 })).toBe(
    '{"a":[true,null,"x"],"b":1,"\uffff":2,"\u{1F600}":1}',
  );
  for (const text of ['{"a":1,"a":1}', '{"a":12345678901234567890}', '{"a": 1}', '{"a":1.0}', '[]'])
    expect(parseCanonical(text)).toBeUndefined();
});

describe('keys that follow each other', () => {
  const next: Pair = generateKeyPairSync('ed25519');
  const AT = '2026-12-01T00:00:00Z';
  const succession = (at: string, from: Pair, to: Pair) => {
    const said = { at, from: spkiOf(from).toString('base64'), to: spkiOf(to).toString('base64') };
    const type = 'application/vnd.watchtower.ledger-succession.v1+json';
    const body = canonical(said);
    return {
      ...said,
      from_signature: signed(from, type, body),
      to_signature: signed(to, type, body),
    };
  };
  const only = (by: Pair, at: string, successions?: unknown[]) => {
    const body = canonical({ ledger_index: 0, tenant_key: ORG, verdict: 'FIXED' });
    return canonical({
      body: JSON.parse(body),
      format: 'watchtower.packet.v1',
      head: head(LEDGER_HEAD, [leaf(body)], by, at),
      inclusion: { leaf_index: 0, path: [] },
      ...(successions && { successions }),
    });
  };
  const said = [succession(AT, pair, next)];

  it('lead from any of them to the one that signed', async () => {
    const chain = await chainOf(said);
    for (const pinned of [pair, next])
      for (const [by, at] of [
        [pair, '2026-11-30T23:59:59.9Z'],
        [next, AT],
      ] as const) {
        const key = await readKey(pemOf(pinned));
        expect(await check(only(by, at, said), key)).toMatchObject({ kind: 'packet' });
        expect(await check(only(by, at), key, chain)).toMatchObject({ kind: 'packet' });
      }
  });

  it('sign nothing outside their time', async () => {
    const key = await readKey(pem);
    for (const [by, at] of [
      [pair, AT],
      [next, '2026-11-30T23:59:59.9Z'],
    ] as const)
      await expect(check(only(by, at, said), key)).rejects.toThrow(/outside the time/);
    await expect(check(only(pair, AT), key, await chainOf(said))).rejects.toThrow(/outside/);
  });

  it('are refused with any one character changed', async () => {
    const key = await readKey(pem);
    const text = only(next, AT, said);
    for (let at = text.indexOf('"successions"'); at < text.length; at += 1) {
      const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
      await expect(check(changed, key), `character ${at}`).rejects.toBeInstanceOf(NotProven);
    }
  });

  it('are refused when they do not follow each other, or name another successor', async () => {
    const third: Pair = generateKeyPairSync('ed25519');
    for (const wrong of [
      [succession(AT, pair, pair)],
      [...said, succession('2027-01-01T00:00:00Z', pair, third)],
      [...said, succession('2026-11-01T00:00:00Z', next, third)],
      [...said, succession('2027-01-01T00:00:00Z', next, pair)],
      [succession('2026-12-01T00:00:00.5Z', pair, next)],
    ])
      await expect(chainOf(wrong)).rejects.toBeInstanceOf(KeysBroken);
    const forged = only(third, AT, [succession(AT, pair, third)]);
    const known = await chainOf(said);
    await expect(check(forged, await readKey(pem), known)).rejects.toThrow(/contradict/);
    await expect(check(forged, await readKey(pemOf(next)))).rejects.toThrow(/not signed/);
    await expect(check(only(pair, AT, []), await readKey(pem))).rejects.toThrow(/none/);
  });
});
