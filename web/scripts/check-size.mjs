/**
 * Holds the first load to its budget: what a fresh tab must fetch before anything can be used.
 * The entry, the shell, the home screen, all they import statically, and the theme script; the
 * other screens are fetched when they are opened and don't count.
 */
import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Kilobytes after gzip, design/screens.md §2. */
const BUDGET_KB = 220;
const manifestPath = 'dist/.vite/manifest.json';
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));

const wanted = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || wanted.has(chunk.file)) return;
  wanted.add(chunk.file);
  for (const next of chunk.imports ?? []) visit(next);
};
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);
for (const key of ['src/app/shell.tsx', 'src/screens/changes/changes.tsx']) {
  if (!manifest[key]) throw new Error(`${key} is no chunk of its own any more: count it anew`);
  visit(key);
}
wanted.add('theme.js');

let bytes = 0;
for (const file of wanted) bytes += gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;
const kb = Math.round(bytes / 102.4) / 10;
// The manifest is for this check only and is not part of what is served.
rmSync('dist/.vite', { recursive: true });
console.log(`web.js_gzip_kb ${kb} of ${BUDGET_KB} (${wanted.size} files before first use)`);
if (kb > BUDGET_KB) {
  console.error(`first load is ${kb} kB gzip, over the budget of ${BUDGET_KB} kB`);
  process.exit(1);
}
