/**
 * Light, dark, or what the system says.
 *
 * The choice is a `data-theme` on the root element, which `color-scheme` and every `light-dark()`
 * token follow; `public/theme.js` sets it before the first paint.
 */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED = 'wattline.theme';

class ThemeChoice {
  current = $state<Theme>(read());

  use(theme: Theme): void {
    this.current = theme;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === 'system') localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, theme);
    } catch {
      // Storage may be forbidden; the theme then holds for this visit.
    }
  }
}

function read(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return THEMES.find((theme) => theme === chosen) ?? 'system';
}

export const theme = new ThemeChoice();
