/** Which organizations this person was in lately, in this browser, newest first. */
const KEY = 'watchtower.organizations';
/** More are not remembered. */
const KEPT = 20;

function remembered(): string[] {
  try {
    return (localStorage.getItem(KEY) ?? '').split(',').filter((each) => each !== '');
  } catch {
    return [];
  }
}

/** Remembers that this one was entered. */
export function rememberOrganization(tenantKey: string): void {
  const others = remembered().filter((each) => each !== tenantKey);
  try {
    localStorage.setItem(KEY, [tenantKey, ...others].slice(0, KEPT).join(','));
  } catch {
    // Storage may be switched off; then the order is the API's.
  }
}

/** At most so many: the one where one is, those one was in lately, then the others as they come. */
export function lately<T extends { tenant_key: string }>(
  organizations: readonly T[],
  here: string,
  most: number,
): T[] {
  if (organizations.length <= most) return [...organizations];
  const order = [here, ...remembered()];
  const rank = ({ tenant_key }: T) => {
    const at = order.indexOf(tenant_key);
    return at < 0 ? order.length : at;
  };
  return organizations.toSorted((a, b) => rank(a) - rank(b)).slice(0, most);
}
