/* Runs before the first paint, so that a page never flashes in the wrong theme. A file of its own because the
   content security policy forbids inline scripts. The settings page writes the same two keys (src/theme.ts). */
(function () {
  var root = document.documentElement;
  var theme = null;
  var contrast = null;
  try {
    theme = localStorage.getItem('atelier.theme');
    contrast = localStorage.getItem('atelier.contrast');
  } catch {
    /* Storage may be forbidden; the system's choice stands. */
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  var more = contrast === 'more' || (contrast === null && window.matchMedia('(prefers-contrast: more)').matches);
  root.dataset.contrast = more ? 'more' : 'normal';
})();
