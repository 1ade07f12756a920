import { PARAMETER_LIMITS, SAMPLERS, SCHEDULERS } from '@atelier/contracts';
import { Button, Dialog, Field, Select, Slider, studioWords } from '@atelier/ui-kit';
import { SlidersHorizontal } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Companions } from './companions.js';
import { ControlCards } from './control-cards.js';
import { isDiffusion, type Offered, takes } from './draft.js';
import { InterpolateSettings, VideoSettings } from './film-settings.js';
import { FoldedGroup } from './group.js';
import { MakingSettings } from './making.js';
import { AnalyzeSettings, BackgroundSettings, FaceSettings, MatteSettings, OutpaintSettings, UpscaleSettings } from './picture-settings.js';
import { CountField, SizeField } from './size-field.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value.replaceAll('_', ' ') }));

/** What stands before the folded groups, for each operation. */
const OPEN: Record<Offered, (props: PartProps) => ReactNode> = {
  txt2img: (props) => <Drawn {...props} />,
  img2img: (props) => <Drawn {...props} />,
  inpaint: (props) => <Drawn {...props} />,
  outpaint: (props) => <Drawn {...props} />,
  'clean-up': () => null,
  'face-restore': (props) => <FaceSettings {...props} />,
  upscale: (props) => <UpscaleSettings {...props} />,
  'remove-background': (props) => <BackgroundSettings {...props} />,
  matte: (props) => <MatteSettings {...props} />,
  video: (props) => <VideoSettings {...props} />,
  interpolate: (props) => <InterpolateSettings {...props} />,
  'propagate-mask': () => null,
  analyze: (props) => <AnalyzeSettings {...props} />,
};

/** The parameters of the chosen operation, in groups; what few people touch is folded away and says how much of it was changed. */
export function Settings(props: PartProps) {
  const { operation } = props.draft;
  return (
    <>
      {OPEN[operation as Offered](props)}
      {takes(operation, 'loras') && <Companions {...props} />}
      {takes(operation, 'controlNets') && <ControlCards {...props} />}
      <Advanced {...props} />
    </>
  );
}

function Drawn(props: PartProps) {
  const { operation } = props.draft;
  return (
    <>
      {operation === 'outpaint' && <OutpaintSettings {...props} />}
      {takes(operation, 'width') ? <SizeField {...props} /> : <CountField {...props} />}
      <MakingSettings {...props} />
    </>
  );
}

/** On a phone: what is set, in one line, and a sheet to change it. */
export function SettingsSheet(props: PartProps) {
  const [open, setOpen] = useState(false);
  const { width, height, steps, operation } = props.draft;
  const faulty = Object.keys(props.faults).some((name) => props.faults[name] && !['prompt', 'image', 'mask', 'video', 'plate'].includes(name));
  return (
    <>
      <Button
        icon={<SlidersHorizontal aria-hidden className="size-4" />}
        className="num justify-start!"
        onClick={() => setOpen(true)}
        aria-haspopup="dialog"
        aria-invalid={faulty || undefined}
      >
        {w.settings}
        {takes(operation, 'width') && <span className="text-ink-faint">{w.summary(width, height, steps)}</span>}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={w.settings} place="sheet" footer={<Button onClick={() => setOpen(false)}>{w.done}</Button>}>
        <div className="flex flex-col gap-5 pt-2">
          <Settings {...props} />
        </div>
      </Dialog>
    </>
  );
}

function Advanced({ draft, faults, onChange }: PartProps) {
  const visibilities = (['private', 'tenant'] as const).map((value) => ({ value, label: w.visibilities[value] }));
  return (
    <FoldedGroup name="advanced" draft={draft} onChange={onChange}>
      {takes(draft.operation, 'batchCount') && (
        <Slider
          label={w.rounds}
          hint={w.roundsHint}
          min={1}
          max={PARAMETER_LIMITS.batchCountMax}
          value={draft.batchCount}
          error={faults.batchCount}
          onChange={(batchCount) => onChange({ batchCount })}
        />
      )}
      {isDiffusion(draft.operation) && (
        <div className="grid grid-cols-2 gap-3">
          <Field label={w.sampler} error={faults.sampler}>
            {(ids) => <Select {...ids} options={plain(SAMPLERS)} value={draft.sampler} onChange={(event) => onChange({ sampler: event.target.value })} />}
          </Field>
          <Field label={w.scheduler} error={faults.scheduler}>
            {(ids) => <Select {...ids} options={plain(SCHEDULERS)} value={draft.scheduler} onChange={(event) => onChange({ scheduler: event.target.value })} />}
          </Field>
        </div>
      )}
      <Field label={w.visibility}>
        {(ids) => (
          <Select {...ids} options={visibilities} value={draft.visibility} onChange={(event) => onChange({ visibility: event.target.value as 'private' })} />
        )}
      </Field>
    </FoldedGroup>
  );
}
