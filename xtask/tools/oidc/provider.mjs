// A certified OpenID Connect provider for tests, on 127.0.0.1: `node provider.mjs PORT FILE`.
// FILE holds JSON: { client_id, client_secret, redirect_uri, alg, accounts, thin }. SIGHUP reads it
// again and makes new keys; the port stays ours meanwhile.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [port, file] = [Number(process.argv[2]), process.argv[3]];
const keys = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

function provider() {
  const settings = JSON.parse(readFileSync(file, 'utf8'));
  const jwk = {
    ...keys[settings.alg]().privateKey.export({ format: 'jwk' }),
    kid: randomBytes(8).toString('hex'), use: 'sig', alg: settings.alg,
  };
  return new Provider(`http://127.0.0.1:${port}`, {
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
    // What a scope gives goes into the ID token, or, where it is thin, to the userinfo endpoint only.
    conformIdTokenClaims: settings.thin === true,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...settings.accounts[sub] }) }),
  });
}

let answer = provider().callback();
process.on('SIGHUP', () => { answer = provider().callback(); });
createServer((request, response) => answer(request, response)).listen(port, '127.0.0.1');
