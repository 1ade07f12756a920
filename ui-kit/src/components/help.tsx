import { CircleHelp } from 'lucide-react';
import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { words } from '../strings.js';

/** A question mark that opens into a few sentences; nothing that one must know stands only there. */
export function Help({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={words.help(label)}
        className="grid size-6 shrink-0 place-items-center rounded-small text-ink-faint hover:bg-hover hover:text-ink"
      >
        <CircleHelp aria-hidden className="size-4" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          aria-label={words.help(label)}
          className="z-50 max-w-80 rounded-house border border-line bg-surface p-3 text-13 text-ink shadow-raised"
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
