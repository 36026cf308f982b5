// Runs before the first paint, as its own file because the CSP allows nothing inline.
// `src/app/theme.ts` and `src/app/preferences.ts` write the same keys.
(() => {
  let chosen = 'system';
  let density = 'cosy';
  try {
    if (localStorage.getItem('watchtower.density') === 'compact') density = 'compact';
    chosen = localStorage.getItem('watchtower.theme') ?? 'system';
  } catch {
    // Storage may be switched off; the system's choice stands.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.density = density;
})();
