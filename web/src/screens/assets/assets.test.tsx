import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '@/app/hostile-strings';
import { me, ORG, refusal, show } from '@/app/test-app';
import type { Asset } from '@/client';
import { visible } from '@/ui/inert';
import { treeOf } from './tree';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const asset = (value: string, more: Partial<Asset> = {}): Asset => ({
  id: `ast_${value}`,
  kind: 'domain',
  value,
  verified: true,
  tags: [],
  created_at: AT,
  ...more,
});
const last_run = { id: 'run_1', state: 'completed', created_at: AT } as const;
const page = (items: unknown[], next_cursor: string | null = null) => ({ items, next_cursor });
const at = `/o/${ORG}/assets`;
const SHOP = asset('shop.example.com', { open: { critical: 2, low: 1_200 }, last_run });
const items = [
  SHOP,
  asset('192.0.2.7', { kind: 'ip', open: {}, last_run }),
  asset('example.com', { open: {} }),
  asset('a.shop.example.com', { verified: false }),
];
const answers = {
  'GET /me': me(['assets:read', 'exposures:read']),
  'GET /assets': page(items),
};
const names = () =>
  within(screen.getByRole('table', { name: 'Assets' }))
    .getAllByRole('link')
    .filter((link) => link.hasAttribute('data-row'))
    .map((link) => link.textContent);

describe('the list of assets', () => {
  it('says what is open on each, and leads there', async () => {
    const { asked } = show(at, answers);
    const link = await screen.findByRole(
      'link',
      { name: /^Critical ?2 ?exposures on shop.example.com$/ },
      PATIENCE,
    );
    expect(decodeURIComponent(link.getAttribute('href') ?? '')).toContain(
      'filter=asset:ast_shop.example.com severity:critical state:open,unresponsive',
    );
    screen.getByRole('link', { name: /^Low ?1,200 ?exposures on shop.example.com$/ });
    expect(screen.getByRole('row', { name: /192\.0\.2\.7/ })).toHaveTextContent('nothing');
    // Without an answer it is not called nothing.
    expect(screen.getByRole('row', { name: /a\.shop/ })).toHaveTextContent('unknown');
    expect(asked.some(({ url }) => /\/assets\?.*open=true/.test(url))).toBe(true);
  });

  it('asks for no counts of who may not read exposures', async () => {
    const { asked } = show(at, { ...answers, 'GET /me': me(['assets:read']) });
    await screen.findByRole('link', { name: 'example.com' }, PATIENCE);
    expect(screen.queryByRole('columnheader', { name: 'Open' })).toBeNull();
    expect(asked.some(({ url }) => url.includes('open='))).toBe(false);
  });
});

describe('the tree of assets', () => {
  it('has names under their registered domain, and the address keeps it', async () => {
    const { router, asked } = show(at, answers);
    await userEvent.selectOptions(await screen.findByLabelText('As', {}, PATIENCE), 'tree');
    await waitFor(() => expect(router.state.location.search).toEqual({ as: 'tree' }));
    expect(names()).toEqual(['example.com', 'shop.example.com', 'a.shop.example.com', '192.0.2.7']);
    screen.getByText('under shop.example.com');
    expect(asked.some(({ url }) => url.includes('as=tree'))).toBe(false);
  });

  it('opens what was seen below one, by the keyboard, as text', async () => {
    const text = HOSTILE.slice(0, 30);
    const nodes = [
      { id: 'asset:ast_shop.example.com', kind: 'asset', label: 'shop.example.com', open: 3 },
      ...text.map((label, nth) => ({ id: `name:${nth}`, kind: 'name', label, open: 1 })),
      { id: 'service:x:443/tcp', kind: 'service', label: 'x:443/tcp', open: 1, severity: 'high' },
    ];
    const edges = [
      ...text.map((_, nth) => ({
        from: 'asset:ast_shop.example.com',
        to: `name:${nth}`,
        kind: 'has',
      })),
      { from: 'name:0', to: 'service:x:443/tcp', kind: 'serves' },
    ];
    show(`${at}?as=tree`, { ...answers, 'GET /graph': { nodes, edges, truncated: true } });
    const button = await screen.findByRole(
      'button',
      { name: 'What is below shop.example.com' },
      PATIENCE,
    );
    // What was never proved was never looked at.
    expect(screen.queryByRole('button', { name: 'What is below a.shop.example.com' })).toBeNull();
    button.focus();
    await userEvent.keyboard('{Enter}');
    expect(button).toHaveAttribute('aria-expanded', 'true');
    await screen.findByText('x:443/tcp', {}, PATIENCE);
    screen.getByText('There is more than is shown here.');
    const whole = document.body.textContent ?? '';
    expect(text.filter((each) => !whole.includes(visible(each)))).toEqual([]);
    expect(whole).toBe(visible(whole));
    expect(document.querySelectorAll('main img, main script, main iframe')).toHaveLength(0);
    await userEvent.keyboard('{Enter}');
    expect(screen.queryByText('x:443/tcp')).toBeNull();
  });

  it.each([
    ['nothing', { nodes: [], edges: [], truncated: false }, /Nothing is open below it/],
    ['a failure', () => refusal(500, 'internal.bug', 'something broke'), /req_7/],
  ])('says so where there is %s', async (_, answer, says) => {
    show(`${at}?as=tree`, { ...answers, 'GET /graph': answer });
    await userEvent.click(
      await screen.findByRole('button', { name: 'What is below example.com' }, PATIENCE),
    );
    await screen.findByText(says, {}, PATIENCE);
  });

  it('says that a domain may not be loaded yet', async () => {
    show(`${at}?as=tree`, { ...answers, 'GET /assets': page(items, 'more') });
    await screen.findByText(/A domain that is not loaded yet/, {}, PATIENCE);
  });

  it('takes no name for one of a domain that only ends alike', () => {
    const tree = treeOf([asset('notexample.com'), asset('example.com'), asset('b.example.com')]);
    expect(tree.map(({ asset: { value }, depth, under }) => [value, depth, under?.value])).toEqual([
      ['example.com', 0, undefined],
      ['b.example.com', 1, 'example.com'],
      ['notexample.com', 0, undefined],
    ]);
  });
});

describe('an asset', () => {
  const shown = {
    'GET /assets/ast_1': { ...SHOP, id: 'ast_1' },
    'GET /assets/ast_1/exposures': page([]),
    'GET /assets/ast_1/scans': page([]),
  };
  const other = { what: 'port:25' };

  it('is excluded from scans with a reason, and says so then', async () => {
    const { asked } = show(`${at}/ast_1`, {
      ...shown,
      'GET /me': me(['assets:read', 'organization:read', 'organization:write']),
      'GET /scan-exclusions': { exclusions: [other], version: 3 },
      'PUT /scan-exclusions': async (request: Request) => ({
        ...(await request.json()),
        version: 4,
      }),
    });
    const button = await screen.findByRole('button', { name: /^Exclude from scans/ }, PATIENCE);
    await userEvent.click(button);
    await userEvent.type(screen.getByLabelText('Why'), 'fragile');
    await userEvent.click(screen.getByRole('button', { name: 'Exclude' }));
    await screen.findByRole('link', { name: 'Excluded from scans' }, PATIENCE);
    const put = asked.find(({ method }) => method === 'PUT');
    expect(put?.headers.get('if-match')).toBe('"3"');
    const added = { what: 'shop.example.com', reason: 'fragile' };
    expect(await put?.json()).toEqual({ exclusions: [other, added] });
  });

  it('is excluded by nobody who may not', async () => {
    const { asked } = show(`${at}/ast_1`, {
      ...shown,
      'GET /me': me(['assets:read', 'organization:read']),
      'GET /scan-exclusions': { exclusions: [other], version: 3 },
    });
    await waitFor(
      () => expect(asked.some(({ url }) => url.endsWith('/scan-exclusions'))).toBe(true),
      PATIENCE,
    );
    await screen.findByRole('heading', { name: 'shop.example.com' }, PATIENCE);
    expect(screen.queryByRole('button', { name: /^Exclude/ })).toBeNull();
  });
});
