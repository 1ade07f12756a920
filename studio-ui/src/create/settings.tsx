import { PARAMETER_LIMITS, SAMPLERS, SCHEDULERS } from '@atelier/contracts';
import { Button, Dialog, Field, IconButton, Input, modelsQuery, Segments, Select, Slider, studioWords } from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Dices, SlidersHorizontal } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { changesIn, needsPrompt, resetGroup } from './draft.js';
import { SizeField } from './size-field.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value.replaceAll('_', ' ') }));

/** The parameters of the chosen operation, in groups; what few people touch is folded away and says how much of it was changed. */
export function Settings(props: PartProps) {
  const { operation } = props.draft;
  if (operation === 'upscale') return <UpscaleSettings {...props} />;
  if (operation === 'remove-background') return <BackgroundSettings {...props} />;
  return (
    <>
      <SizeField {...props} />
      <MakingSettings {...props} />
      <Advanced {...props} />
    </>
  );
}

/** On a phone: what is set, in one line, and a sheet to change it. */
export function SettingsSheet(props: PartProps) {
  const [open, setOpen] = useState(false);
  const { width, height, steps, operation } = props.draft;
  const faulty = Object.keys(props.faults).some((name) => props.faults[name] && name !== 'prompt' && name !== 'image');
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
        {needsPrompt(operation) && <span className="text-ink-faint">{w.summary(width, height, steps)}</span>}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={w.settings} place="sheet" footer={<Button onClick={() => setOpen(false)}>{w.done}</Button>}>
        <div className="flex flex-col gap-5 pt-2">
          <Settings {...props} />
        </div>
      </Dialog>
    </>
  );
}

const Group = ({ children }: { children: ReactNode }) => <div className="flex flex-col gap-4 border-t border-line pt-4">{children}</div>;

function MakingSettings({ draft, faults, onChange }: PartProps) {
  const limits = PARAMETER_LIMITS;
  return (
    <Group>
      <ModelField draft={draft} faults={faults} onChange={onChange} />
      {draft.operation === 'img2img' && (
        <Slider
          label={w.strength}
          hint={w.strengthHint}
          min={0.05}
          max={1}
          step={0.05}
          value={draft.strength}
          error={faults.strength}
          onChange={(strength) => onChange({ strength })}
        />
      )}
      <Slider
        label={w.steps}
        hint={w.stepsHint}
        min={1}
        max={limits.stepsMax}
        value={draft.steps}
        error={faults.steps}
        onChange={(steps) => onChange({ steps })}
      />
      <Slider
        label={w.guidance}
        hint={w.guidanceHint}
        min={limits.cfgScaleMin}
        max={limits.cfgScaleMax}
        step={0.5}
        value={draft.cfgScale}
        error={faults.cfgScale}
        onChange={(cfgScale) => onChange({ cfgScale })}
      />
      <SeedField draft={draft} faults={faults} onChange={onChange} />
    </Group>
  );
}

/** Shown when there is something to choose. */
function ModelField({ draft, faults, onChange }: PartProps) {
  const { data } = useQuery(modelsQuery);
  const models = (data?.data ?? []).filter(({ type, operations }) => type === 'checkpoint' && operations.includes(draft.operation));
  if (models.length < 2) return null;
  return (
    <Field label={w.model} error={faults.model}>
      {(ids) => (
        <Select
          {...ids}
          options={models.map(({ slug, name }) => ({ value: slug, label: name }))}
          value={draft.model ?? models.find(({ isDefault }) => isDefault)?.slug ?? ''}
          onChange={(event) => onChange({ model: event.target.value })}
        />
      )}
    </Field>
  );
}

function SeedField({ draft, faults, onChange }: PartProps) {
  const type = (text: string): void => {
    const digits = text.replace(/\D/g, '').slice(0, 10);
    onChange({ seed: digits === '' ? null : Math.min(Number(digits), PARAMETER_LIMITS.seedMax) });
  };
  return (
    <Field label={w.seed} hint={w.seedHint} error={faults.seed}>
      {(ids) => (
        <div className="relative">
          <Input
            {...ids}
            inputMode="numeric"
            placeholder={w.seedRandom}
            value={draft.seed ?? ''}
            onChange={(event) => type(event.target.value)}
            className="num pr-10"
          />
          {draft.seed !== null && (
            <IconButton
              label={w.seedClear}
              size="small"
              icon={<Dices aria-hidden className="size-4" />}
              className="absolute! top-1 right-1"
              onClick={() => onChange({ seed: null })}
            />
          )}
        </div>
      )}
    </Field>
  );
}

function Advanced({ draft, faults, onChange }: PartProps) {
  const changes = changesIn(draft, 'advanced');
  const visibilities = (['private', 'tenant'] as const).map((value) => ({ value, label: w.visibilities[value] }));
  return (
    <details className="group border-t border-line pt-3" open={changes > 0 || undefined}>
      <summary className="flex list-none items-center gap-1.5 py-1 text-13 font-medium [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform duration-100 group-open:rotate-90" />
        {w.advanced}
        {changes > 0 && <span className="font-normal text-ink-faint">{w.changed(changes)}</span>}
      </summary>
      <div className="flex flex-col gap-4 pt-3">
        <Slider
          label={w.rounds}
          hint={w.roundsHint}
          min={1}
          max={PARAMETER_LIMITS.batchCountMax}
          value={draft.batchCount}
          error={faults.batchCount}
          onChange={(batchCount) => onChange({ batchCount })}
        />
        <div className="grid grid-cols-2 gap-3">
          <Field label={w.sampler} error={faults.sampler}>
            {(ids) => <Select {...ids} options={plain(SAMPLERS)} value={draft.sampler} onChange={(event) => onChange({ sampler: event.target.value })} />}
          </Field>
          <Field label={w.scheduler} error={faults.scheduler}>
            {(ids) => <Select {...ids} options={plain(SCHEDULERS)} value={draft.scheduler} onChange={(event) => onChange({ scheduler: event.target.value })} />}
          </Field>
        </div>
        <Field label={w.visibility}>
          {(ids) => (
            <Select {...ids} options={visibilities} value={draft.visibility} onChange={(event) => onChange({ visibility: event.target.value as 'private' })} />
          )}
        </Field>
        {changes > 0 && (
          <Button size="small" className="self-start" onClick={() => onChange(resetGroup('advanced'))}>
            {w.reset}
          </Button>
        )}
      </div>
    </details>
  );
}

function UpscaleSettings({ draft, faults, onChange }: PartProps) {
  return (
    <Group>
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
    </Group>
  );
}

const BACKGROUNDS = ['transparent', 'white', 'black', 'grey'] as const;

function BackgroundSettings({ draft, faults, onChange }: PartProps) {
  const own = draft.background.startsWith('#');
  const options = [...BACKGROUNDS.map((value) => ({ value: value as string, label: w.backgrounds[value] })), { value: 'own', label: w.backgrounds.own }];
  return (
    <Group>
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
    </Group>
  );
}
