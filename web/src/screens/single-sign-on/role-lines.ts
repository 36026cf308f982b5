/** The role map as people write it: `group = role`, one a line. */

/** Roles a provider may give; ownership only owners give. */
export const GIVEN_ROLES = ['admin', 'operator', 'viewer', 'auditor'] as const;

/** What the lines say, and the first line that says nothing. */
export function readRoles(text: string): { map: Record<string, string>; wrong?: string } {
  const map: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    // A group's name may hold `=`, a role's never.
    const at = line.lastIndexOf('=');
    const group = line.slice(0, at).trim();
    const role = line.slice(at + 1).trim();
    const isRole = (GIVEN_ROLES as readonly string[]).includes(role);
    if (at < 0 || group === '' || !isRole) return { map, wrong: line.trim() };
    map[group] = role;
  }
  return { map };
}

/** The lines of a map. */
export function roleLines(map: Record<string, string>): string {
  return Object.entries(map)
    .map(([group, role]) => `${group} = ${role}`)
    .join('\n');
}
