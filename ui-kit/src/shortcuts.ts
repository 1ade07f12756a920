import { useEffect, useRef } from 'react';

/** `mod` is ⌘ on a Mac and Ctrl elsewhere. A sequence is written with a space: `g c`. */
export type Keys = string;
export interface Shortcut {
  keys: Keys;
  label: string;
  run: () => void;
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** How the keys are written for a reader: `mod+k` → `⌘ K` or `Ctrl K`. */
export function spellKeys(keys: Keys): string[] {
  return keys.split(' ').flatMap((stroke) =>
    stroke.split('+').map((key) => {
      if (key === 'mod') return isMac ? '⌘' : 'Ctrl';
      return key.length === 1 ? key.toUpperCase() : key[0]!.toUpperCase() + key.slice(1);
    }),
  );
}

/** The stroke of a key event: `mod+k`, `?`, `g`; null for keys nobody listens to. */
export function strokeOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string | null {
  if (event.altKey) return null;
  const key = event.key.toLowerCase();
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

/** How long the second key of a sequence may take. */
const SEQUENCE_MS = 1200;

/**
 * Listens on the whole page. While someone types or a dialog is open only `mod+…` keys work; with `single` false (a setting of the
 * key sheet, WCAG 2.1.4) keys without a modifier never do.
 */
export function useShortcuts(shortcuts: Shortcut[], single: boolean): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    let first: { stroke: string; at: number } | null = null;
    const listen = (event: KeyboardEvent): void => {
      const stroke = strokeOf(event);
      if (stroke === null || event.defaultPrevented) return;
      const plain = !stroke.startsWith('mod+');
      if (plain && (!single || typing(event.target) || document.querySelector('dialog[open]'))) return;
      const sequence = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.stroke} ${stroke}` : stroke;
      const match = latest.current.find(({ keys }) => keys === sequence) ?? latest.current.find(({ keys }) => keys === stroke);
      first = match || !plain ? null : { stroke, at: event.timeStamp };
      if (!match) return;
      event.preventDefault();
      match.run();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [single]);
}
