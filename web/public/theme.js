// Runs before the first paint, as its own file because the CSP allows nothing inline.
// `src/app/theme.ts` writes the same key.
(() => {
  let chosen = 'system';
  try {
    chosen = localStorage.getItem('watchtower.theme') ?? 'system';
  } catch {
    // Storage may be switched off; the system's choice stands.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
