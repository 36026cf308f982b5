import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { exposure, me, ORG, refusal, show } from '@/app/test-app';

const at = `/o/${ORG}/exposures/exp1_1`;
const PATIENCE = { timeout: 20_000 };
const answers = {
  'GET /me': me(),
  'GET /exposures/exp1_1': exposure(),
  'GET /exposures/exp1_1/timeline': { items: [], next_cursor: null },
  'GET /exposures/exp1_1/explain': { state: 'open', because: [], to_be_fixed: [] },
};

describe('one exposure', () => {
  it('shows a viewer no control that would be refused', async () => {
    show(at, { ...answers, 'GET /me': me([]) });
    await screen.findByRole('button', { name: 'Download packet' }, PATIENCE);
    for (const name of [/fixing/, /Verify/, /Acknowledge/, /Accept/, /False/, /Note/]) {
      expect(screen.queryByRole('button', { name })).toBeNull();
    }
  });

  it('says that it is being fixed, marked as ours', async () => {
    const { asked } = show(at, {
      ...answers,
      'POST /exposures/exp1_1/actions': {
        id: 'act_1',
        kind: 'fix_in_progress',
        by: 'usr_1',
        at: '2026-11-21T06:00:00Z',
      },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'I am fixing it' }, PATIENCE));
    await waitFor(() => expect(asked.some(({ method }) => method === 'POST')).toBe(true));
    const sent = asked.find(({ method }) => method === 'POST');
    expect(sent?.headers.get('x-watchtower-csrf')).toBe('1');
    expect(await sent?.json()).toEqual({ kind: 'fix_in_progress' });
  });

  it('keeps everything a scanned host says as text', async () => {
    const hostile =
      '<img src=x onerror="hurt()"><script>hurt()</script>\u202e[x](javascript:hurt())';
    show(at, {
      ...answers,
      'GET /exposures/exp1_1': exposure({
        title: hostile,
        host: hostile,
        discriminator: hostile,
        attributes: { server: hostile },
        references: ['javascript:hurt()'],
        evidence: {
          run_id: 'run_1',
          address: hostile,
          elapsed_ms: 1,
          request: hostile,
          response: hostile,
          request_base64: '',
          response_base64: '',
          response_sha256: hostile,
          certificate_pem: hostile,
          matched: [hostile],
          covered: 0,
        },
      }),
    });
    await screen.findByRole('region', { name: 'Response' }, PATIENCE);
    expect(document.querySelectorAll('main img, main script, main iframe')).toHaveLength(0);
    for (const link of document.querySelectorAll('main a')) {
      expect(link.getAttribute('href')).not.toMatch(/javascript:/);
    }
  });

  it('has what may be a secret shown on the record, and forgets it again', async () => {
    const user = userEvent.setup();
    const hidden = '••••••••';
    const evidence = (password: string, covered: number) => ({
      run_id: 'run_1',
      address: '127.0.0.1',
      elapsed_ms: 1,
      request: 'GET /.env HTTP/1.1',
      response: `DB_HOST=db\nDB_PASSWORD=${password}\nAPP=<script>hurt()</script>\u202e`,
      request_base64: '',
      response_base64: '',
      response_sha256: '',
      certificate_pem: '',
      matched: [`DB_PASSWORD=${password}`],
      covered,
    });
    const { asked } = show(at, {
      ...answers,
      'GET /exposures/exp1_1': exposure({
        attributes: { product: 'nginx', api_key: hidden },
        covered_attributes: ['api_key'],
        evidence: evidence(hidden, 2),
      }),
      'POST /exposures/exp1_1/reveal': {
        attributes: { product: 'nginx', api_key: 'k-123456' },
        evidence: evidence('hunter2', 0),
      },
    });
    const reveals = () => asked.filter(({ url }) => url.endsWith('/reveal'));
    const response = await screen.findByRole('region', { name: 'Response' }, PATIENCE);
    expect(response.querySelector('mark')).toHaveTextContent('DB_PASSWORD=••••••••hidden value');
    expect(response).toHaveTextContent('APP=<script>hurt()</script>⟨U+202E⟩');
    screen.getByText(/^2 values that may be a secret are hidden/);
    await user.click(screen.getByRole('button', { name: 'Copy response' }));
    expect(await navigator.clipboard.readText()).toContain(hidden);
    expect(reveals()).toHaveLength(0);

    await user.click(screen.getByRole('button', { name: 'Show secrets' }));
    await waitFor(() =>
      expect(screen.getByRole('region', { name: 'Response' })).toHaveTextContent('hunter2'),
    );
    screen.getByText('k-123456');
    expect(reveals()).toHaveLength(1);
    await user.click(screen.getByRole('button', { name: 'Copy response' }));
    expect(await navigator.clipboard.readText()).toContain('hunter2');
    await user.click(screen.getByRole('button', { name: 'Hide secrets' }));
    expect(screen.getByRole('region', { name: 'Response' })).not.toHaveTextContent('hunter2');
    expect(screen.queryByText('k-123456')).toBeNull();

    // Whoever looks again asks again.
    await user.click(screen.getByRole('button', { name: 'Show api_key' }));
    await screen.findByText('k-123456');
    expect(reveals()).toHaveLength(2);
  });

  it('says why nothing was shown', async () => {
    show(at, {
      ...answers,
      'GET /exposures/exp1_1': exposure({
        attributes: { api_key: '••••••••' },
        covered_attributes: ['api_key'],
      }),
      'POST /exposures/exp1_1/reveal': refusal(403, 'auth.forbidden', 'not yours to see'),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Show api_key' }, PATIENCE));
    await screen.findByText('not yours to see');
  });

  it('asks nothing where there is nothing to cover', async () => {
    show(at, {
      ...answers,
      'GET /exposures/exp1_1': exposure({
        evidence: {
          run_id: 'run_1',
          address: '127.0.0.1',
          elapsed_ms: 1,
          request: 'GET / HTTP/1.1',
          response: 'Server: nginx',
          request_base64: '',
          response_base64: '',
          response_sha256: '',
          certificate_pem: '',
          matched: [],
          covered: 0,
        },
      }),
    });
    await screen.findByRole('region', { name: 'Response' }, PATIENCE);
    expect(screen.queryByRole('button', { name: 'Show secrets' })).toBeNull();
  });
});
