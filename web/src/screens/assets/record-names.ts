/** What to enter where a provider adds the zone by itself. */

/**
 * The part of a record's name before its zone, for the asset and each domain above it: which of
 * them is a zone only their owner knows. The top level is nobody's to edit.
 */
export function recordNames(record: string, asset: string): { zone: string; name: string }[] {
  const labels = asset.split('.');
  return labels
    .map((_label, at) => labels.slice(at).join('.'))
    .filter((zone) => zone.includes('.') && record.endsWith(`.${zone}`))
    .map((zone) => ({ zone, name: record.slice(0, -zone.length - 1) }));
}
