/** A list as a file: CSV for spreadsheets, JSON for programs, SARIF for code scanners. */
import type { Exposure } from '@/client';
import { place } from '@/say/words';

/** Columns of an exported inventory; what else an exposure has is in the JSON. */
const COLUMNS = [
  'key',
  'severity',
  'state',
  'decision',
  'title',
  'check_id',
  'host',
  'port',
  'asset_id',
  'first_seen',
  'last_seen',
] as const satisfies (keyof Exposure)[];

/** Every cell quoted, and none that a spreadsheet would take for a formula. */
export function csv(items: readonly Exposure[]): string {
  const cell = (value: unknown) => {
    const text = String(value ?? '');
    const safe = /^[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const lines = items.map((item) => COLUMNS.map((name) => cell(item[name])).join(','));
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

export function json(items: readonly Exposure[]): string {
  return `${JSON.stringify(items, null, 2)}\n`;
}

/** SARIF's three levels (2.1.0 §3.27.10). */
const LEVEL: Record<Exposure['severity'], 'error' | 'warning' | 'note'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** SARIF 2.1.0; the exposure's key is the fingerprint, so that the same one is known again. */
export function sarif(items: readonly Exposure[]): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Watchtower',
            rules: [...new Set(items.map((item) => item.check_id))].map((id) => ({ id })),
          },
        },
        results: items.map((item) => ({
          ruleId: item.check_id,
          level: LEVEL[item.severity],
          message: { text: item.title },
          locations: [
            {
              logicalLocations: [
                { fullyQualifiedName: place(item.host, item.port), kind: 'resource' },
              ],
            },
          ],
          partialFingerprints: { 'watchtower/exposure': item.key },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
