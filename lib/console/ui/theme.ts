/** Dark or light: as the system is, until somebody chooses. */

export type Theme = 'dark' | 'light';

const STORAGE_KEY = 'errand.theme';
const SYSTEM_DARK = '(prefers-color-scheme: dark)';

export function currentTheme(): Theme {
  const chosen = localStorage.getItem(STORAGE_KEY);
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return matchMedia(SYSTEM_DARK).matches ? 'dark' : 'light';
}

/** Shows the theme, and follows the system from now on. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
  matchMedia(SYSTEM_DARK).onchange = () => {
    document.documentElement.dataset.theme = currentTheme();
  };
}

/** @returns what it is now. */
export function switchTheme(): Theme {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  localStorage.setItem(STORAGE_KEY, next);
  document.documentElement.dataset.theme = next;
  return next;
}
