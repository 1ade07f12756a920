import { ANALYSES, type Analysis } from '@atelier/contracts';
import { type FieldFault, Field, Segments, Select, Slider, studioWords } from '@atelier/ui-kit';
import type { Draft } from './draft.js';
import { Part } from './group.js';
import { useModels } from './use-models.js';
import type { PartProps } from './what.js';

const w = studioWords.create;

export function UpscaleSettings({ draft, faults, onChange }: PartProps) {
  return (
    <Part>
      <Field label={w.factor} error={faults.factor}>
        {() => (
          <Segments
            label={w.factor}
            value={String(draft.factor) as '2' | '4'}
            options={[
              { value: '2', label: w.factors[2] },
              { value: '4', label: w.factors[4] },
            ]}
            onChange={(factor) => onChange({ factor: Number(factor) as 2 | 4 })}
          />
        )}
      </Field>
      <Field label={w.style} error={faults.style}>
        {() => (
          <Segments
            label={w.style}
            value={draft.style}
            options={[
              { value: 'photo', label: w.styles.photo },
              { value: 'anime', label: w.styles.anime },
            ]}
            onChange={(style) => onChange({ style })}
          />
        )}
      </Field>
    </Part>
  );
}

const BACKGROUNDS = ['transparent', 'white', 'black', 'grey'] as const;

export function BackgroundSettings({ draft, faults, onChange }: PartProps) {
  const own = draft.background.startsWith('#');
  const options = [...BACKGROUNDS.map((value) => ({ value: value as string, label: w.backgrounds[value] })), { value: 'own', label: w.backgrounds.own }];
  return (
    <Part>
      <Field label={w.background} error={faults.background}>
        {(ids) => (
          <Select
            {...ids}
            options={options}
            value={own ? 'own' : draft.background}
            onChange={(event) => onChange({ background: event.target.value === 'own' ? '#f2efe9' : event.target.value })}
          />
        )}
      </Field>
      {own && (
        <Field label={w.colour}>
          {(ids) => (
            <input
              {...ids}
              type="color"
              value={draft.background}
              onChange={(event) => onChange({ background: event.target.value })}
              className="h-9 w-16 rounded-house border border-line-strong bg-surface p-1"
            />
          )}
        </Field>
      )}
    </Part>
  );
}

const SIDES = ['left', 'top', 'right', 'bottom'] as const;
/** Further out nothing of the picture is left to go on from. */
const GROWTH_MAX = 1024;

/** How far the picture grows on each side, drawn to scale for a square. */
export function OutpaintSettings({ draft, faults, onChange }: PartProps) {
  return (
    <Part>
      <Growth draft={draft} />
      <div className="grid grid-cols-2 gap-3">
        {SIDES.map((side) => (
          <Slider
            key={side}
            label={w.sides[side]}
            unit="px"
            min={0}
            max={GROWTH_MAX}
            step={8}
            value={draft[side]}
            error={faults[side]}
            onChange={(pixels) => onChange({ [side]: pixels })}
          />
        ))}
      </div>
    </Part>
  );
}

const SKETCH = 512;

function Growth({ draft: { left, top, right, bottom } }: { draft: Draft }) {
  return (
    <svg aria-hidden viewBox={`0 0 ${SKETCH + left + right} ${SKETCH + top + bottom}`} className="h-24 self-center text-ink">
      <rect width="100%" height="100%" rx="12" className="fill-sunk" stroke="currentColor" strokeWidth="6" strokeDasharray="24 16" />
      <rect x={left} y={top} width={SKETCH} height={SKETCH} rx="12" className="fill-line" stroke="currentColor" strokeWidth="8" />
    </svg>
  );
}

export function MatteSettings({ draft, faults, onChange }: PartProps) {
  return (
    <Part>
      <MethodField
        label={w.method}
        value={draft.matteMethod}
        options={(['general', 'portrait', 'plate'] as const).map((value) => ({ value, label: w.matteMethods[value] }))}
        fault={faults.method}
        about={w.matteAbout[draft.matteMethod]}
        onChange={(matteMethod) => onChange({ matteMethod })}
      />
    </Part>
  );
}

export function FaceSettings({ draft, faults, onChange }: PartProps) {
  const { models } = useModels(draft);
  const chosen = models.find(({ slug }) => slug === draft.faceMethod);
  return (
    <Part>
      <MethodField
        label={w.method}
        value={draft.faceMethod}
        options={(['gfpgan', 'codeformer'] as const).map((value) => ({ value, label: w.faceMethods[value] }))}
        fault={faults.method}
        about={chosen?.reason ? w.insteadOf(chosen.reason.message) : w.faceAbout[draft.faceMethod]}
        onChange={(faceMethod) => onChange({ faceMethod })}
      />
      {draft.faceMethod === 'codeformer' && (
        <Slider
          label={w.fidelity}
          hint={w.fidelityHint}
          min={0}
          max={1}
          step={0.05}
          value={draft.fidelity}
          error={faults.fidelity}
          onChange={(fidelity) => onChange({ fidelity })}
        />
      )}
    </Part>
  );
}

const ANALYSTS: Record<Analysis, string> = { depth: 'midas', objects: 'detector', safety: 'nsfw', embedding: 'openclip' };

export function AnalyzeSettings({ draft, faults, onChange }: PartProps) {
  const { models } = useModels(draft);
  const analyst = models.find(({ slug }) => slug === ANALYSTS[draft.what]);
  return (
    <Part>
      <MethodField
        label={w.what}
        value={draft.what}
        options={ANALYSES.map((value) => ({ value, label: w.analyses[value] }))}
        fault={faults.what ?? faults.model}
        about={analyst?.reason ? `${analyst.reason.message} ${analyst.reason.fix}` : w.analysisAbout[draft.what]}
        onChange={(what) => onChange({ what })}
      />
    </Part>
  );
}

interface MethodProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  fault?: FieldFault;
  about: string;
  onChange: (value: T) => void;
}
function MethodField<T extends string>({ label, value, options, fault, about, onChange }: MethodProps<T>) {
  return (
    <Field label={label} error={fault} hint={about}>
      {() => <Segments label={label} value={value} options={options} onChange={onChange} />}
    </Field>
  );
}
