import { buttonClass, type FieldFault, studioWords } from '@atelier/ui-kit';
import { Link } from '@tanstack/react-router';
import { Brush } from 'lucide-react';
import { type Draft, takes } from './draft.js';
import { OperationField } from './operation-field.js';
import { PictureField } from './picture-field.js';
import { PromptField } from './prompt-field.js';

const w = studioWords.create;

export interface PartProps {
  draft: Draft;
  faults: Record<string, FieldFault | undefined>;
  onChange: (change: Partial<Draft>) => void;
}

/** What to do and with what: the operation, the picture or the film, the words. Everything else has a default. */
export function What({ draft, faults, onChange }: PartProps) {
  const { operation } = draft;
  const plate = takes(operation, 'plate') && draft.matteMethod === 'plate';
  return (
    <>
      <OperationField draft={draft} onChange={onChange} />
      {takes(operation, 'video') && (
        <PictureField name="video" type="video" label={w.film} asset={draft.video} fault={faults.video} onChange={(video) => onChange({ video })} />
      )}
      {takes(operation, 'image') && (
        <PictureField
          name="image"
          label={operation === 'video' ? w.firstFrame : w.source}
          asset={draft.image}
          fault={faults.image}
          onChange={(image) => onChange({ image, ...(image !== draft.image && { mask: null, points: [] }) })}
        />
      )}
      {takes(operation, 'mask') && <Mask draft={draft} faults={faults} onChange={onChange} />}
      {plate && <PictureField name="plate" label={w.plate} asset={draft.plate} fault={faults.plate} onChange={(chosen) => onChange({ plate: chosen })} />}
      {takes(operation, 'prompt') && <PromptField draft={draft} faults={faults} onChange={onChange} />}
    </>
  );
}

/** Painted in the editor by most; a mask that is there already is chosen like any picture. */
function Mask({ draft, faults, onChange }: PartProps) {
  return (
    <div className="flex flex-col gap-2">
      <PictureField name="mask" label={w.mask} asset={draft.mask} fault={faults.mask} onChange={(mask) => onChange({ mask })} compact />
      {draft.image && !draft.mask && (
        <Link to="/edit/$assetId" params={{ assetId: draft.image }} className={buttonClass('plain', 'small', 'gap-1.5 self-start')}>
          <Brush aria-hidden className="size-4" />
          {w.markInEditor}
        </Link>
      )}
    </div>
  );
}
