import { useCallback, useState } from 'react';

/** A small preference or draft that outlives the page. Forbidden or broken storage falls back to the default. */
export function useStored<T>(key: string, fallback: T): [T, (value: T) => void] {
  const name = `atelier.${key}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(name);
      return text === null ? fallback : (JSON.parse(text) as T);
    } catch {
      return fallback;
    }
  });
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        // The value then lasts as long as the page.
      }
    },
    [name],
  );
  return [value, store];
}
