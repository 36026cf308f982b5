import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { dashboard, me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 20_000 };
const node = (id: string, more: object = {}) => ({
  id,
  kind: id.slice(0, id.indexOf(':')),
  label: id.slice(id.indexOf(':') + 1),
  open: 1,
  ...more,
});
const whole = {
  nodes: [
    node('asset:ast_1', { label: 'example.com' }),
    node('service:shop.example.com:443/tcp'),
    node('exposure:exp1_a', { label: 'Git is readable', severity: 'high', state: 'open' }),
    node('finding:http.git_config', { severity: 'high' }),
  ],
  edges: [
    { from: 'asset:ast_1', to: 'service:shop.example.com:443/tcp', kind: 'has' },
    { from: 'service:shop.example.com:443/tcp', to: 'exposure:exp1_a', kind: 'exposes' },
    { from: 'exposure:exp1_a', to: 'finding:http.git_config', kind: 'is' },
  ],
  truncated: false,
};
const answers = {
  'GET /me': me(['exposures:read', 'assets:read', 'runs:read', 'runs:create']),
  'GET /dashboard': dashboard(),
  'GET /graph': whole,
};
const nodeNamed = (name: RegExp) => screen.findByRole('link', { name }, PATIENCE);

it('draws every node with how it stands, in words', async () => {
  show(`/o/${ORG}/graph`, answers);
  await nodeNamed(/^Asset example.com, 1 open, 1 connection/);
  await nodeNamed(/^Exposure Git is readable, High, open, 2 connections/);
  expect(document.querySelectorAll('svg path[d^="M"].stroke-line-strong')).toHaveLength(3);
  screen.getByText('Service (1)');
});

it('looks around what is clicked, after the time a second click may take', async () => {
  const { router, asked } = show(`/o/${ORG}/graph`, answers);
  await userEvent.click(await nodeNamed(/^Exposure /));
  await waitFor(() => expect(router.state.location.search).toEqual({ from: 'exposure:exp1_a' }));
  await waitFor(() => expect(asked.some(({ url }) => url.includes('from=exposure'))).toBe(true));
  const here = await screen.findByRole('region', { name: 'Looking from' });
  expect(here).toHaveTextContent('Git is readable');
  expect(await nodeNamed(/^Exposure /)).toHaveAttribute('aria-current', 'location');
});

it('opens what is clicked twice', async () => {
  const { router } = show(`/o/${ORG}/graph`, answers);
  await userEvent.dblClick(await nodeNamed(/^Finding /));
  await waitFor(() => expect(router.state.location.pathname).toBe(`/o/${ORG}/exposures`));
  expect(router.state.location.search).toEqual({ filter: 'check:http.git_config' });
});

it('leaves a click with a modifier to the browser', async () => {
  const { router } = show(`/o/${ORG}/graph?depth=3`, answers);
  const asset = await nodeNamed(/^Asset /);
  expect(asset).toHaveAttribute('href', `/o/${ORG}/graph?depth=3&from=asset:ast_1`);
  expect(fireEvent.click(asset, { ctrlKey: true, detail: 1 })).toBe(true);
  expect(router.state.location.search).toEqual({ depth: '3' });
});

it('is walked by arrows with one stop for Tab, and opened from the keyboard', async () => {
  const { router } = show(`/o/${ORG}/graph`, answers);
  const asset = await nodeNamed(/^Asset /);
  expect(document.querySelectorAll('svg a[tabindex="0"]')).toHaveLength(1);
  asset.focus();
  await userEvent.keyboard('{ArrowRight}{ArrowRight}');
  const exposure = await nodeNamed(/^Exposure /);
  expect(exposure).toHaveFocus();
  expect(exposure).toHaveAttribute('tabindex', '0');
  expect(document.querySelectorAll('svg path.stroke-accent')).toHaveLength(2);
  await userEvent.keyboard('{Shift>}{Enter}{/Shift}');
  await waitFor(() => expect(router.state.location.pathname).toContain('/exposures/exp1_a'));
});

it('is a table, too, with the same ways on', async () => {
  show(`/o/${ORG}/graph?as=table`, answers);
  const table = await screen.findByRole('table', { name: 'Nodes' }, PATIENCE);
  const rows = [...table.querySelectorAll('tbody tr')].map((row) => row.textContent);
  expect(rows).toHaveLength(4);
  expect(rows[0]).toContain('example.com');
  expect(rows[0]).toContain('shop.example.com:443/tcp');
  screen.getByRole('link', { name: 'Open: example.com' });
  expect(screen.getByRole('link', { name: 'Git is readable' })).toHaveAttribute(
    'href',
    `/o/${ORG}/graph?as=table&from=exposure:exp1_a`,
  );
});

it('keeps how far it looks in the address, and what stands there wrongly falls back', async () => {
  const { router, asked } = show(`/o/${ORG}/graph?depth=9`, answers);
  await nodeNamed(/^Asset /);
  expect(asked.some(({ url }) => url.includes('depth=2'))).toBe(true);
  await userEvent.selectOptions(screen.getByLabelText('Up to'), '4');
  await waitFor(() => expect(router.state.location.search).toEqual({ depth: '4' }));
  await waitFor(() => expect(asked.some(({ url }) => url.includes('depth=4'))).toBe(true));
});

it('finds the way to another node, and says when there is none', async () => {
  const { nodes, edges } = whole;
  const { router } = show(`/o/${ORG}/graph?from=asset:ast_1`, {
    ...answers,
    'GET /graph/path': ({ url }: Request) =>
      url.includes('finding')
        ? { nodes: [], edges: [], truncated: false }
        : { nodes: nodes.slice(0, 3), edges: edges.slice(0, 2), truncated: false },
  });
  await userEvent.selectOptions(
    await screen.findByLabelText('Way to', {}, PATIENCE),
    'Exposure Git is readable',
  );
  await screen.findByText('The shortest way has 2 steps.');
  expect(router.state.location.search).toEqual({ from: 'asset:ast_1', to: 'exposure:exp1_a' });
  await userEvent.selectOptions(screen.getByLabelText('Way to'), 'Finding http.git_config');
  await screen.findByText('No way between them');
});

it('says that there is more', async () => {
  show(`/o/${ORG}/graph`, { ...answers, 'GET /graph': { ...whole, truncated: true } });
  await screen.findByText(/^There is more: only 4 nodes are shown/, {}, PATIENCE);
});

it('says why nothing is drawn, and what to do', async () => {
  const nothing = { nodes: [], edges: [], truncated: false };
  const { router } = show(`/o/${ORG}/graph`, { ...answers, 'GET /graph': nothing });
  await screen.findByText('Nothing to draw yet', {}, PATIENCE);
  screen.getByRole('link', { name: 'Scan now' });
  await router.navigate({ to: '/o/$org/graph', params: { org: ORG }, search: { from: 'name:x' } });
  await screen.findByText('Nothing is known of it');
});

it('shows a refusal with the id to quote', async () => {
  show(`/o/${ORG}/graph?from=nonsense`, {
    ...answers,
    'GET /graph': refusal(400, 'request.invalid', 'there is no such kind of node'),
  });
  expect(await screen.findByRole('alert', {}, PATIENCE)).toHaveTextContent('req_7');
});
