import { Segments, studioWords } from '@atelier/ui-kit';
import { type Draft, type Group, groupOf, GROUPS, type Offered } from './draft.js';

const w = studioWords.create;
const NAMES = Object.keys(GROUPS) as Group[];

/** What one wants, and then how: two short rows instead of a list of a dozen. */
export function OperationField({ draft, onChange }: { draft: Draft; onChange: (change: Partial<Draft>) => void }) {
  const group = groupOf(draft.operation);
  const inside: readonly Offered[] = GROUPS[group];
  return (
    <div className="flex flex-col gap-1.5">
      <Segments<Group>
        label={w.group}
        value={group}
        options={NAMES.map((value) => ({ value, label: w.groupNames[value] }))}
        onChange={(next) => onChange({ operation: GROUPS[next][0] })}
      />
      <Segments<Offered>
        label={w.operation}
        value={draft.operation as Offered}
        options={inside.map((value) => ({ value, label: w.operations[value] }))}
        onChange={(operation) => onChange({ operation })}
      />
    </div>
  );
}
