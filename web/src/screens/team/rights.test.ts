import { expect, it } from 'vitest';
import type { OrganizationRole } from '@/client';
import { givable, ifMatch, mayChange, permissionSays, rolesToGive, teamRoles } from './rights';

const role = (name: string, permissions: string[], id?: string): OrganizationRole => ({
  name,
  permissions,
  built_in: id === undefined,
  version: 1,
  ...(id !== undefined && { id }),
});
const ROLES = [
  role('owner', ['assets:read', 'members:manage', 'billing:manage']),
  role('admin', ['assets:read', 'members:manage']),
  role('viewer', ['assets:read']),
  role('platform_admin', []),
  role('Scanner', ['runs:create'], 'rol_1'),
  role('Bookkeeper', ['billing:manage'], 'rol_2'),
];

it('offers nobody more than they hold, and ownership only to owners', () => {
  const admin = ['assets:read', 'members:manage'];
  expect(rolesToGive(ROLES, { permissions: admin, isOwner: false })).toEqual(['admin', 'viewer']);
  const owner = [...admin, 'billing:manage'];
  expect(rolesToGive(ROLES, { permissions: owner, isOwner: false })).not.toContain('owner');
  expect(rolesToGive(ROLES, { permissions: owner, isOwner: true })).toEqual([
    'owner',
    'admin',
    'viewer',
  ]);
  expect(mayChange(['admin', 'viewer'], 'owner')).toBe(false);
});

it('makes own roles of nothing of the platform', () => {
  expect(givable(['assets:read', 'platform:operate', 'assets:attest'])).toEqual(['assets:read']);
  expect(permissionSays('assets:read')).toBe('See assets and proofs');
  expect(permissionSays('later:word')).toBe('later:word');
});

it('gives teams only roles that say something about assets', () => {
  expect(teamRoles(ROLES).map((each) => each.says)).toEqual(['viewer', 'operator', 'Scanner']);
});

it('names the version an edit is of', () => {
  expect(ifMatch(3)).toEqual({ 'if-match': '"3"' });
});
