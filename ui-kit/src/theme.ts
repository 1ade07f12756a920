import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export interface Appearance {
  theme: Theme;
  highContrast: boolean;
}

const listeners = new Set<() => void>();
let current = read();

function read(): Appearance {
  if (typeof document === 'undefined') return { theme: 'system', highContrast: false };
  const { theme, contrast } = document.documentElement.dataset;
  return { theme: theme === 'light' || theme === 'dark' ? theme : 'system', highContrast: contrast === 'more' };
}

function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

/** Applies the choice to the page and keeps it for `public/theme.js`, which runs before the next first paint. */
export function setAppearance(change: Partial<Appearance>): void {
  const root = document.documentElement;
  if (change.theme !== undefined) {
    if (change.theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = change.theme;
    remember('atelier.theme', change.theme === 'system' ? null : change.theme);
  }
  if (change.highContrast !== undefined) {
    root.dataset.contrast = change.highContrast ? 'more' : 'normal';
    remember('atelier.contrast', root.dataset.contrast);
  }
  current = read();
  for (const listener of listeners) listener();
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
