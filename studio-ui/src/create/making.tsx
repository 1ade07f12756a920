import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Button, Combobox, Field, familyOf, IconButton, Input, jobsQuery, type Model, Slider, studioWords, usePaged } from '@atelier/ui-kit';
import { Dices, Lock, LockOpen } from 'lucide-react';
import { nativeSettings } from './abilities.js';
import { type Draft, takes } from './draft.js';
import { Part } from './group.js';
import { useModels } from './use-models.js';
import type { PartProps } from './what.js';

const w = studioWords.create;

/** How a picture is drawn: by which model, in how many steps, how closely to the words, from which noise. */
export function MakingSettings({ draft, faults, onChange }: PartProps) {
  const limits = PARAMETER_LIMITS;
  return (
    <Part>
      <ModelField draft={draft} faults={faults} onChange={onChange} />
      {takes(draft.operation, 'strength') && (
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
      {takes(draft.operation, 'feather') && (
        <Slider
          label={w.feather}
          hint={w.featherHint}
          unit="px"
          min={0}
          max={limits.featherMax}
          value={draft.feather}
          error={faults.feather}
          onChange={(feather) => onChange({ feather })}
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
    </Part>
  );
}

const AUTOMATIC = '';

/** All that could do it; those that cannot now say why. */
function ModelField({ draft, faults, onChange }: PartProps) {
  const { models, standard, used } = useModels(draft);
  const automatic = { value: AUTOMATIC, label: w.automatic, detail: standard && w.automaticNow(standard.name) };
  const native = nativeSettings(used, draft);
  return (
    <div className="flex flex-col gap-2">
      <Combobox
        label={w.model}
        error={faults.model}
        hint={used && aboutModel(used)}
        chosen={draft.model === null ? automatic.label : (used?.name ?? draft.model)}
        options={[
          automatic,
          ...models.map(({ slug, name, description, reason }) => ({ value: slug, label: name, detail: description, reason: reason?.message })),
        ]}
        onPick={(slug) => onChange({ model: slug === AUTOMATIC ? null : slug })}
      />
      {Object.keys(native).length > 0 && (
        <Button size="small" className="self-start" onClick={() => onChange(native)}>
          {w.native(familyOf(used?.base)?.name ?? '')}
        </Button>
      )}
    </div>
  );
}

const aboutModel = ({ name, simulated, licence, priceFactor }: Model): string =>
  [name, simulated && w.simulated, licence?.tag, priceFactor > 1 && w.priceFactor(priceFactor)].filter(Boolean).join(' · ');

const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!;

/** Open: another seed each time. Locked: the seed stays, at first that of the newest result. */
function SeedField({ draft, faults, onChange }: PartProps) {
  const { rows } = usePaged(jobsQuery({ limit: 10 }));
  const locked = draft.seed !== null;
  const last = rows.map(({ parameters }) => parameters?.seed).find((seed) => typeof seed === 'number');
  const type = (text: string): void => {
    const digits = text.replace(/\D/g, '').slice(0, 10);
    onChange({ seed: digits === '' ? null : Math.min(Number(digits), PARAMETER_LIMITS.seedMax) });
  };
  const toggle = (): void => onChange({ seed: locked ? null : (last ?? randomSeed()) } satisfies Partial<Draft>);
  return (
    <Field label={w.seed} hint={locked ? w.seedLocked : w.seedHint} error={faults.seed}>
      {(ids) => (
        <div className="flex gap-1">
          <Input
            {...ids}
            inputMode="numeric"
            placeholder={w.seedRandom}
            value={draft.seed ?? ''}
            onChange={(event) => type(event.target.value)}
            className="num"
          />
          <IconButton
            label={locked ? w.seedUnlock : w.seedLock}
            aria-pressed={locked}
            kind="plain"
            icon={locked ? <Lock aria-hidden className="size-4" /> : <LockOpen aria-hidden className="size-4" />}
            onClick={toggle}
          />
          <IconButton label={w.seedNew} kind="plain" icon={<Dices aria-hidden className="size-4" />} onClick={() => onChange({ seed: randomSeed() })} />
        </div>
      )}
    </Field>
  );
}
