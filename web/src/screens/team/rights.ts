/** What may be given, and in which words: nobody hands out what they do not hold. */
import type { OrganizationRole } from '@/client';

/** Permissions in a sentence; a word that is not here is shown as it is. */
const SAYS: Record<string, string> = {
  'organization:read': 'See the organization and its people',
  'organization:write': 'Change it, and add organizations below',
  'members:manage': 'Invite, change and remove people',
  'assets:read': 'See assets and proofs',
  'assets:write': 'Register, verify and archive assets',
  'runs:read': 'See scans',
  'runs:create': 'Start and cancel scans',
  'exposures:read': 'See exposures and changes',
  'exposures:act': 'Decide about exposures',
  'reports:read': 'See reports',
  'reports:create': 'Ask for reports',
  'notifications:manage': 'Say who is told what',
  'keys:manage': 'Make and revoke API keys',
  'billing:manage': 'Plan and invoices',
  'audit:read': 'Read the audit log',
};
/** What only counts on assets, so that a team may be given it for a tag. */
const OF_ASSETS = [
  'assets:read',
  'assets:write',
  'runs:read',
  'runs:create',
  'exposures:read',
  'exposures:act',
];
/** Roles that a team can give on assets with a tag. */
const OF_TEAMS = ['viewer', 'operator'];
/** Staff of the platform are no role an organization gives. */
const NEVER = 'platform_admin';

/** A permission in words. */
export function permissionSays(permission: string): string {
  return SAYS[permission] ?? permission;
}

/** What a custom role can be made of here: what its maker holds, nothing of the platform's. */
export function givable(mine: readonly string[]): string[] {
  return mine.filter((each) => each in SAYS);
}

/** Built-in roles this person may give to somebody; only owners make owners. */
export function rolesToGive(
  roles: readonly OrganizationRole[],
  mine: { permissions: readonly string[]; isOwner: boolean },
): string[] {
  return roles
    .filter((role) => role.built_in && role.name !== NEVER)
    .filter((role) => role.name !== 'owner' || mine.isOwner)
    .filter((role) => role.permissions.every((each) => mine.permissions.includes(each)))
    .map((role) => role.name);
}

/** Whether this person may change or remove somebody: nobody takes what they do not hold. */
export function mayChange(givableRoles: readonly string[], role: string): boolean {
  return givableRoles.includes(role);
}

/** Roles a team can have on assets with a tag: built in by name, own ones by id. */
export function teamRoles(
  roles: readonly OrganizationRole[],
): { value: string; says: string; own: boolean }[] {
  const builtIn = OF_TEAMS.map((name) => ({ value: name, says: name, own: false }));
  const own = roles
    .filter((role) => !role.built_in && role.id)
    .filter((role) => role.permissions.some((each) => OF_ASSETS.includes(each)))
    .map((role) => ({ value: role.id ?? '', says: role.name, own: true }));
  return [...builtIn, ...own];
}

/** The version an edit is of, as the API wants it. */
export function ifMatch(version: number): { 'if-match': string } {
  return { 'if-match': `"${version}"` };
}
