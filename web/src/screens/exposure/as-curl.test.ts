import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { HOSTILE } from '@/app/hostile-strings';
import { asCurl } from './as-curl';

const at = { host: 'shop.example.com', port: 8443, tls: true };

it('asks again what was asked', () => {
  const request = 'GET /.git/config HTTP/1.1\r\nhost: shop\r\nuser-agent: wt/1\r\n\r\n';
  expect(asCurl({ ...at, request })).toBe(
    `curl -i -sS --max-time 20 -k -H 'user-agent: wt/1' --path-as-is 'https://shop.example.com:8443/.git/config'`,
  );
  const post = 'POST /x HTTP/1.1\r\ncontent-length: 3\r\n\r\na=1';
  expect(asCurl({ ...at, tls: false, host: '::1', request: post })).toBe(
    `curl -i -sS --max-time 20 -X POST --data-binary 'a=1' --path-as-is 'http://[::1]:8443/x'`,
  );
});

it('is nothing for what is no request', () => {
  for (const request of [
    '',
    'PING\r\n',
    'GET http://evil/ HTTP/1.1\r\n\r\n',
    'GET /\u001b[2J HTTP/1.1\r\n\r\n',
  ])
    expect(asCurl({ ...at, request })).toBeUndefined();
});

it('lets no shell take a header for more than text', () => {
  for (const text of HOSTILE) {
    const line = `x: ${text.replace(/[\r\n]/g, '')}`;
    const command = asCurl({ ...at, request: `GET / HTTP/1.1\r\n${line}\r\n\r\n` });
    if (!command?.includes('-H')) continue;
    const words = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${command}`])
      .toString()
      .split('\0');
    expect(words).toContain(line);
    expect(words).toHaveLength(11);
  }
});
