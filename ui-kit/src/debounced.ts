import { useEffect, useState } from 'react';

/** Quiet time after the last change before anything is asked. */
const DEBOUNCE_MS = 350;

/** The value once it has stood still; a string or a number, since an object is another one on every render. */
export function useDebounced<T extends string | number>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
