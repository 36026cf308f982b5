import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { lately, rememberOrganization } from './recent-organizations';
import { dashboard, me, ORG, show } from './test-app';

const PATIENCE = { timeout: 20_000 };
const organizations = Array.from({ length: 30 }, (_, nth) => ({ tenant_key: `org_${nth}` }));

beforeEach(() => localStorage.clear());

it('offers where one is and was lately before the others', () => {
  for (const nth of [3, 20, 9]) rememberOrganization(`org_${nth}`);
  const names = lately(organizations, 'org_7', 5).map(({ tenant_key }) => tenant_key);
  expect(names).toEqual(['org_7', 'org_9', 'org_20', 'org_3', 'org_0']);
  expect(lately(organizations.slice(0, 3), 'org_2', 5)).toHaveLength(3);
});

it('finds one of many by its name', async () => {
  const here = me(['exposures:read']);
  const others = organizations.map(({ tenant_key }, nth) => ({
    tenant_key,
    name: `Other ${nth}`,
    role: 'viewer' as const,
  }));
  show(`/o/${ORG}/changes`, {
    'GET /me': { ...here, organizations: [...here.organizations, ...others] },
    'GET /dashboard': dashboard(),
    'GET /changes': { items: [], next_cursor: null },
  });
  await userEvent.click(await screen.findByRole('button', { name: /^Organization/ }, PATIENCE));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Find one of 31…' }));
  await userEvent.type(await screen.findByRole('combobox', { name: /^Screen, org/ }), 'Other 29');
  expect(await screen.findByRole('option', { name: /^Other 29/ })).toBeInTheDocument();
});
