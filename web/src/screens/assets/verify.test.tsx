import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const asset = {
  id: 'ast_1',
  kind: 'domain',
  value: 'shop.example.com',
  verified: false,
  tags: [],
  created_at: AT,
};
const challenge = {
  asset_id: 'ast_1',
  status: 'pending',
  method: 'dns_txt',
  record_name: '_watchtower-challenge.shop.example.com',
  record_value: 'watchtower=abc&def',
  expires_at: '2026-12-21T06:00:00Z',
  findings: [],
};

function shows(verification: object) {
  show(`/o/${ORG}/assets/ast_1/verify`, {
    'GET /me': me(['assets:read', 'assets:write']),
    'GET /assets/ast_1': asset,
    'GET /assets/ast_1/verification': verification,
  });
}

/** What the mail to a colleague would say. */
async function mail(): Promise<URL> {
  const send = await screen.findByRole('link', { name: 'Send this to somebody' }, PATIENCE);
  return new URL(send.getAttribute('href') ?? '');
}

it('says what to enter in each zone, and sends all of it to whoever keeps them', async () => {
  shows(challenge);
  const { protocol, searchParams } = await mail();
  expect(protocol).toBe('mailto:');
  expect(searchParams.get('subject')).toBe('Proof that shop.example.com is ours');
  const body = searchParams.get('body') ?? '';
  expect(body).toContain('Name: _watchtower-challenge.shop.example.com\r\n');
  expect(body).toContain('Type: TXT\r\nContent: watchtower=abc&def\r\n');
  screen.getByText('_watchtower-challenge.shop');
});

it('sends where a file has to be, and what is in it', async () => {
  const url = 'http://192.0.2.7/.well-known/watchtower/abc.txt';
  shows({ ...challenge, method: 'http_file', url, file_body: 'abc\n' });
  const body = (await mail()).searchParams.get('body') ?? '';
  expect(body).toContain(`Address: ${url}\r\nContent: abc`);
});
