// Runs before the first paint, so that a page never flashes in the wrong theme or language. See src/app/preferences.ts.
try {
  const p = JSON.parse(localStorage.getItem('besace.preferences') || '{}');
  const d = document.documentElement;
  if (p.theme === 'light' || p.theme === 'dark') d.dataset.theme = p.theme;
  if (p.contrast === 'more') d.dataset.contrast = 'more';
  if (p.locale === 'fr' || p.locale === 'en') d.lang = p.locale;
} catch {
  // Storage may be closed to us: the system's theme and French are then right.
}
