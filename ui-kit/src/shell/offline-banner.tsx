import { WifiOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { words } from '../strings.js';

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
};

export const useOnline = (): boolean => useSyncExternalStore(subscribe, () => navigator.onLine);

export function OfflineBanner() {
  const online = useOnline();
  return (
    <div role="status">
      {!online && (
        <p className="flex items-center justify-center gap-2 bg-warn-wash px-4 py-2 text-13 text-ink">
          <WifiOff aria-hidden className="size-4 shrink-0 text-warn" />
          {words.shell.offline}
        </p>
      )}
    </div>
  );
}
