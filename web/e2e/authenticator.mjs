/** What a person signs in with besides a password: a device with passkeys, an app with codes. */
import { createHmac } from 'node:crypto';

/** Seconds a code is good for (RFC 6238). */
const STEP_S = 30;

/** A device with passkeys, unlocked by its owner's finger; in the browser, not on a desk. */
export async function plugIn(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** Whether its owner unlocks it. */
    unlock: (isUserVerified) =>
      session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    passkeys: async () =>
      (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

/** An authenticator app with one secret; it never shows one code twice, as each works once. */
export function app(secret) {
  const seed = base32(secret);
  let shown = 0;
  return () => {
    shown = Math.max(Math.floor(Date.now() / 1000 / STEP_S), shown + 1);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(shown));
    const tag = createHmac('sha1', seed).update(counter).digest();
    const at = tag[tag.length - 1] & 0x0f;
    return String((tag.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  };
}

function base32(text) {
  const bits = [...text]
    .map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'))
    .join('');
  const bytes = bits.match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((each) => Number.parseInt(each, 2)));
}
