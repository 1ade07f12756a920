import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
};

/** Whether anybody sees the page: nothing is asked every two seconds for a tab in the background. */
export const useSeen = (): boolean => useSyncExternalStore(subscribe, () => document.visibilityState === 'visible');
