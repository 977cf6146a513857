// Runs before the first paint, so that a chosen theme never flashes the other one first.
// The rest of the theme's logic is in src/lib/theme.
(() => {
  try {
    const theme = localStorage.getItem('wattline.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; then the system's theme holds.
  }
})();
