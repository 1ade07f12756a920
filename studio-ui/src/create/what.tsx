import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Field, type FieldFault, formatNumber, Segments, studioWords, Textarea } from '@atelier/ui-kit';
import { useState } from 'react';
import { type Draft, type Form, needsImage, needsPrompt, OFFERED } from './draft.js';
import { PictureField } from './picture-field.js';

const w = studioWords.create;

export interface PartProps {
  draft: Draft;
  faults: Record<string, FieldFault | undefined>;
  onChange: (change: Partial<Draft>) => void;
}

/** What to do and with what: the operation, the picture, the words. Everything else has a default. */
export function What({ draft, faults, onChange }: PartProps) {
  return (
    <>
      <Segments<Form>
        label={w.operation}
        value={draft.operation}
        options={OFFERED.map((value) => ({ value, label: w.operations[value] }))}
        onChange={(operation) => onChange({ operation })}
      />
      {needsImage(draft.operation) && <PictureField image={draft.image} fault={faults.image} onChange={(image) => onChange({ image })} />}
      {needsPrompt(draft.operation) && <Prompt draft={draft} faults={faults} onChange={onChange} />}
    </>
  );
}

/** From here on the counter is worth showing. */
const NEARLY_FULL = 0.8;

function Prompt({ draft, faults, onChange }: PartProps) {
  const [avoiding, setAvoiding] = useState(draft.negativePrompt !== '');
  const max = PARAMETER_LIMITS.promptLengthMax;
  const counter = draft.prompt.length > max * NEARLY_FULL && (
    <span className="num text-12 text-ink-faint">
      {formatNumber(draft.prompt.length)} / {formatNumber(max)}
    </span>
  );
  return (
    <div className="flex flex-col gap-2">
      <Field label={w.prompt} error={faults.prompt} aside={counter}>
        {(ids) => (
          <Textarea
            {...ids}
            data-field="prompt"
            rows={3}
            maxLength={max}
            placeholder={w.promptPlaceholder}
            value={draft.prompt}
            onChange={(event) => onChange({ prompt: event.target.value })}
            className="text-16 [field-sizing:content] max-h-80 min-h-22 md:min-h-32"
          />
        )}
      </Field>
      {avoiding || draft.negativePrompt ? (
        <Field label={w.avoid} error={faults.negativePrompt}>
          {(ids) => (
            <Textarea
              {...ids}
              rows={2}
              maxLength={max}
              autoFocus={draft.negativePrompt === ''}
              placeholder={w.avoidPlaceholder}
              value={draft.negativePrompt}
              onChange={(event) => onChange({ negativePrompt: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <button
          type="button"
          onClick={() => setAvoiding(true)}
          className="self-start py-1 text-13 text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink"
        >
          {w.addAvoid}
        </button>
      )}
    </div>
  );
}
