// A certified OpenID Connect provider for tests, on 127.0.0.1: `node provider.mjs PORT`.
// Settings come as JSON in OIDC_PEER: { client_id, client_secret, redirect_uri, alg, accounts }.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const settings = JSON.parse(process.env.OIDC_PEER);
const keys = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};
const jwk = {
  ...keys[settings.alg]().privateKey.export({ format: 'jwk' }),
  kid: randomBytes(8).toString('hex'), use: 'sig', alg: settings.alg,
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: settings.client_id,
    client_secret: settings.client_secret,
    redirect_uris: [settings.redirect_uri],
    id_token_signed_response_alg: settings.alg,
  }],
  jwks: { keys: [jwk] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
  pkce: { required: () => true },
  // What a scope gives goes into the ID token, as most providers do.
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...settings.accounts[sub] }) }),
});
provider.listen(port, '127.0.0.1', () => console.log('listening'));
