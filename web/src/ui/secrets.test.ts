import { describe, expect, it } from 'vitest';
import { HOSTILE } from '@/app/hostile-strings';
import { HIDDEN, isSecret, LOOKED_AT, secretsIn, without } from './secrets';

const hide = (text: string) => without(text, secretsIn(text));

// Put together here, so that nothing that looks for keys in this source finds one.
const aws = `AKIA${'IOSFODNN7EXAMPLE'}`;
const github = `ghp_${'x'.repeat(36)}`;
const jwt = `eyJ${'hbGciOiJ'}.eyJzdWIiOiIx.c2lnbmF0dXJl`;

describe('what looks like a secret', () => {
  it.each([
    ['DB_PASSWORD=hunter2\nDB_HOST=db', `DB_PASSWORD=${HIDDEN}\nDB_HOST=db`],
    ['{"api_key": "abc def", "name": "x"}', `{"api_key": "${HIDDEN}", "name": "x"}`],
    ["'password' => 'a\"b',", `'password' => '${HIDDEN}',`],
    ['GET /?access_token=abcdef&page=2', `GET /?access_token=${HIDDEN}&page=2`],
    ['authorization: Bearer abc.def', `authorization: Bearer ${HIDDEN}`],
    ['Authorization: Basic YWRtaW46YWRtaW4=', `Authorization: Basic ${HIDDEN}`],
    ['X-Api-Key: 12345678', `X-Api-Key: ${HIDDEN}`],
    [
      'Set-Cookie: PHPSESSID=abc123; Path=/; HttpOnly',
      `Set-Cookie: PHPSESSID=${HIDDEN}; Path=/; HttpOnly`,
    ],
    ['url = https://ann:hunter2@git.example/a', `url = https://ann:${HIDDEN}@git.example/a`],
    [`seen ${aws} here`, `seen ${HIDDEN} here`],
    [`seen ${github}`, `seen ${HIDDEN}`],
    [`x=${jwt}`, `x=${HIDDEN}`],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
      `-----BEGIN RSA PRIVATE KEY-----${HIDDEN}-----END RSA PRIVATE KEY-----`,
    ],
  ])('is hidden in %j', (text, shown) => expect(hide(text)).toBe(shown));

  it.each([
    'HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: text/html',
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true',
    '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
    'WWW-Authenticate: Basic realm="Your password please"',
    'auth: true',
    'author: ann',
    'the password is required',
    'https://example.com:8443/path@here',
    'SSH-2.0-OpenSSH_9.6',
  ])('is not %j', (text) => expect(hide(text)).toBe(text));

  it('tells a value by its name or by its own look', () => {
    expect(isSecret('api_key', 'abcdef')).toBe(true);
    expect(isSecret('found', github)).toBe(true);
    expect(isSecret('product', 'nginx')).toBe(false);
  });

  it('hides what is too long to be looked through', () => {
    const text = 'a '.repeat(LOOKED_AT);
    expect(hide(text)).toBe(text.slice(0, LOOKED_AT) + HIDDEN);
  });

  it('takes little time of whatever a host sends', () => {
    const began = performance.now();
    for (const piece of [
      ...HOSTILE,
      'password_',
      'a_',
      'a.',
      'token ',
      'cookie:',
      'x-',
      'a://:',
      '-----BEGIN PRIVATE KEY-----',
      'eyJaaaaaaaa.',
    ])
      hide(piece.repeat(Math.ceil(20_000 / piece.length)));
    // 230 texts of 20 kB; what backtracks takes minutes for one.
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
