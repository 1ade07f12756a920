import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { words } from '../strings.js';
import { IconButton } from './button.js';

interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let lastId = 0;

function put(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}
const dismiss = (id: number): void => put(toasts.filter((toast) => toast.id !== id));

/** How long a toast stays; one with an action stays twice as long. */
const STAY_MS = 6000;

/** News that also stands somewhere on a page. Never the only place of an error. */
export function toast(text: string, action?: Toast['action']): void {
  const id = ++lastId;
  put([...toasts.slice(-2), { id, text, action }]);
  setTimeout(() => dismiss(id), action ? STAY_MS * 2 : STAY_MS);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <section
      aria-label={words.shell.notifications}
      className="pointer-events-none fixed inset-x-4 bottom-24 z-40 flex flex-col items-end gap-2 md:bottom-4 md:left-auto"
    >
      <div role="status" aria-live="polite" className="flex flex-col items-end gap-2">
        {shown.map(({ id, text, action }) => (
          <div key={id} className="pointer-events-auto flex max-w-sm items-center gap-3 rounded-house bg-ink py-2 pr-2 pl-4 text-14 text-paper shadow-raised">
            <p>{text}</p>
            {action && (
              <button
                type="button"
                className="font-semibold underline underline-offset-4"
                onClick={() => {
                  action.run();
                  dismiss(id);
                }}
              >
                {action.label}
              </button>
            )}
            <IconButton
              label={words.action.dismiss}
              icon={<X aria-hidden className="size-4" />}
              size="small"
              className="text-paper! enabled:hover:bg-transparent!"
              onClick={() => dismiss(id)}
            />
          </div>
        ))}
      </div>
    </section>
  );
}
