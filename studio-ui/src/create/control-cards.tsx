import { type ControlNetUse, type ControlType, PARAMETER_LIMITS } from '@atelier/contracts';
import { Button, Field, FieldError, IconButton, Select, Slider, studioWords, Switch } from '@atelier/ui-kit';
import { Plus, X } from 'lucide-react';
import { controlsOf, unableOf } from './abilities.js';
import { FoldedGroup } from './group.js';
import { PictureField } from './picture-field.js';
import { useModels } from './use-models.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const TYPES = Object.keys(w.controls) as ControlType[];
/** IP-Adapter takes a picture as it is. */
const drawn = (type: ControlType): boolean => type !== 'ip_adapter';

/** Pictures that guide: each a card with its kind, its picture, how strongly and when. */
export function ControlCards({ draft, faults, onChange }: PartProps) {
  const { used } = useModels(draft);
  const unable = unableOf(used, draft.operation).controlNets;
  const able = controlsOf(used);
  const cards = draft.controlNets;
  const change = (index: number, edit: Partial<ControlNetUse>): void =>
    onChange({ controlNets: cards.map((card, at) => (at === index ? { ...card, ...edit } : card)) });
  const full = cards.length >= PARAMETER_LIMITS.controlNetsMax;
  return (
    <FoldedGroup name="controls" draft={draft} unable={unable} onChange={onChange}>
      {cards.map((card, index) => (
        <section key={index} aria-label={w.controlOf(index + 1, w.controls[card.type])} className="flex flex-col gap-3 rounded-house border border-line p-3">
          <div className="flex items-end gap-2">
            <Field label={w.controlType} className="flex-1">
              {(ids) => (
                <Select
                  {...ids}
                  value={card.type}
                  options={TYPES.map((value) => ({
                    value,
                    label: able.includes(value) ? w.controls[value] : w.notWith(w.controls[value]),
                    disabled: !able.includes(value),
                  }))}
                  onChange={(event) => change(index, { type: event.target.value as ControlType })}
                />
              )}
            </Field>
            <IconButton
              label={w.removeNamed(w.controls[card.type])}
              icon={<X aria-hidden className="size-4" />}
              onClick={() => onChange({ controlNets: cards.toSpliced(index, 1) })}
            />
          </div>
          <PictureField
            name={`control-${index}`}
            label={w.controlPicture}
            asset={card.image || null}
            compact
            onChange={(image) => change(index, { image: image ?? '' })}
          />
          {drawn(card.type) && (
            <Switch label={w.preprocess[card.type]} checked={card.preprocess ?? true} onChange={(preprocess) => change(index, { preprocess })} />
          )}
          <Slider label={w.controlStrength} min={0} max={2} step={0.05} value={card.strength} onChange={(strength) => change(index, { strength })} />
          <div className="grid grid-cols-2 gap-3">
            <Slider
              label={w.controlStart}
              min={0}
              max={1}
              step={0.05}
              value={card.start ?? 0}
              onChange={(start) => change(index, { start, end: Math.max(start, card.end ?? 1) })}
            />
            <Slider
              label={w.controlEnd}
              min={0}
              max={1}
              step={0.05}
              value={card.end ?? 1}
              onChange={(end) => change(index, { end, start: Math.min(end, card.start ?? 0) })}
            />
          </div>
        </section>
      ))}
      {faults.controlNets && <FieldError error={faults.controlNets} />}
      <Button
        size="small"
        className="self-start"
        icon={<Plus aria-hidden className="size-4" />}
        disabled={!!unable || full}
        onClick={() => onChange({ controlNets: [...cards, { type: able[0] ?? 'canny', image: '', strength: 1, start: 0, end: 1, preprocess: true }] })}
      >
        {w.addControl}
      </Button>
    </FoldedGroup>
  );
}
