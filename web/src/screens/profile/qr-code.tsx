/** A QR code as one path of an inline SVG: no image from anywhere, no inline style. */
import { encode } from 'uqr';

/** The dark modules as a path, one unit each, row by row. */
export function modulesPath(rows: readonly (readonly boolean[])[]): string {
  return rows
    .map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join(''))
    .join('');
}

export function QrCode({ text, label }: { text: string; label: string }) {
  // Four modules of quiet around it (ISO/IEC 18004 §6.3.8).
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      // Dark on light in both themes: readers expect it.
      className="size-48 rounded-lg border border-line bg-white"
    >
      <path d={modulesPath(data)} fill="black" />
    </svg>
  );
}
