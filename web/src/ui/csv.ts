/** Rows as CSV (RFC 4180): every cell quoted, and none that a spreadsheet would take for a formula. */
export function csv(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cell = (value: unknown) => {
    const text = String(value ?? '');
    const safe = /^[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const lines = [head, ...rows].map((row) => row.map(cell).join(','));
  return [...lines, ''].join('\r\n');
}
