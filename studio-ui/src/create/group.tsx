import { Button, Help, studioWords } from '@atelier/ui-kit';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { changesIn, type Draft, type Folded, resetGroup } from './draft.js';

const w = studioWords.create;

interface Props {
  name: Folded;
  draft: Draft;
  /** Why the chosen model has no use for it. */
  unable?: string;
  onChange: (change: Partial<Draft>) => void;
  children: ReactNode;
}

/** A part of the form that can be folded away: it says how much of it was changed, helps, and goes back to the defaults. */
export function FoldedGroup({ name, draft, unable, onChange, children }: Props) {
  const changes = changesIn(draft, name);
  return (
    <details className="group border-t border-line pt-3" open={changes > 0 || undefined}>
      <summary className="flex list-none items-center gap-1.5 py-1 text-13 font-medium [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform duration-100 group-open:rotate-90" />
        {w.groups[name]}
        {changes > 0 && <span className="font-normal text-ink-faint">{w.changed(changes)}</span>}
      </summary>
      <div className="flex flex-col gap-4 pt-2">
        <p className="flex items-start justify-between gap-2 text-12 text-ink-soft">
          {unable ?? w.groupAbout[name]}
          <Help label={w.groups[name]}>{w.groupHelp[name]}</Help>
        </p>
        {children}
        {changes > 0 && (
          <Button size="small" className="self-start" onClick={() => onChange(resetGroup(name))}>
            {w.reset}
          </Button>
        )}
      </div>
    </details>
  );
}

/** Fields that are always open, set apart by a line. */
export const Part = ({ children }: { children: ReactNode }) => <div className="flex flex-col gap-4 border-t border-line pt-4">{children}</div>;
