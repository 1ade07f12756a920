import { useSyncExternalStore } from 'react';

/** Whether the page is now as wide as Tailwind's `md` (768 px): panels stand beside the content instead of in a sheet. */
export function useWide(): boolean {
  return useMatch('(min-width: 768px)');
}

function useMatch(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const match = matchMedia(query);
      match.addEventListener('change', listener);
      return () => match.removeEventListener('change', listener);
    },
    () => matchMedia(query).matches,
  );
}

const onVisibility = (listener: () => void): (() => void) => {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
};

/** Whether anybody sees the page. What streams or polls rests in the background: browsers share six connections among all tabs of a site. */
export const useSeen = (): boolean => useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
