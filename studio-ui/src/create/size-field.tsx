import { PARAMETER_LIMITS } from '@atelier/contracts';
import { clsx, Field, planQuery, Select, Slider, studioWords } from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { takes } from './draft.js';
import { type Shape, shapeOf, SHAPES, SIDES, sizeOf } from './shape.js';
import type { PartProps } from './what.js';

const w = studioWords.create;
const NAMES = [...Object.keys(SHAPES), 'free'] as (Shape | 'free')[];

/** Shape and longest side for most; width and height themselves for who wants them. */
export function SizeField({ draft, faults, onChange }: PartProps) {
  const { data: plan } = useQuery(planQuery);
  const sideMax = plan?.limits.sideMax ?? PARAMETER_LIMITS.sideMax;
  const longest = Math.max(draft.width, draft.height);
  const shape = shapeOf(draft.width, draft.height);
  const sides = SIDES.includes(longest as 512) ? [...SIDES] : [...SIDES, longest].sort((a, b) => a - b);
  const free = shape === 'free';
  const choose = (next: Shape | 'free'): void =>
    onChange(
      next === 'free'
        ? { width: draft.width, height: Math.max(PARAMETER_LIMITS.sideMin, draft.height - PARAMETER_LIMITS.sideMultiple) }
        : sizeOf(next, longest),
    );
  return (
    <div className="flex flex-col gap-4">
      <Shapes shape={shape} onChange={choose} />
      {free || faults.width || faults.height ? (
        <>
          {(['width', 'height'] as const).map((name) => (
            <Slider
              key={name}
              label={w[name]}
              unit="px"
              min={PARAMETER_LIMITS.sideMin}
              max={sideMax}
              step={PARAMETER_LIMITS.sideMultiple}
              value={draft[name]}
              error={faults[name]}
              onChange={(side) => onChange({ [name]: side })}
            />
          ))}
        </>
      ) : (
        <Field
          label={w.side}
          aside={
            <span className="num text-12 text-ink-faint">
              {draft.width} × {draft.height}
            </span>
          }
        >
          {(ids) => (
            <Select
              {...ids}
              value={String(longest)}
              options={sides.map((side) => ({
                value: String(side),
                label: side > sideMax ? w.sideTooLarge(side) : w.sideOption(side),
                disabled: side > sideMax,
              }))}
              onChange={(event) => onChange(sizeOf(shape, Number(event.target.value)))}
            />
          )}
        </Field>
      )}
      {takes(draft.operation, 'batchSize') && <CountField draft={draft} faults={faults} onChange={onChange} />}
    </div>
  );
}

export function CountField({ draft, faults, onChange }: PartProps) {
  return (
    <Slider
      label={w.count}
      min={1}
      max={PARAMETER_LIMITS.batchSizeMax}
      value={draft.batchSize}
      error={faults.batchSize}
      onChange={(batchSize) => onChange({ batchSize })}
    />
  );
}

function Shapes({ shape, onChange }: { shape: Shape | 'free'; onChange: (shape: Shape | 'free') => void }) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 text-13 font-medium">{w.shape}</legend>
      <div className="grid grid-cols-6 gap-1">
        {NAMES.map((value) => (
          <label
            key={value}
            className={clsx(
              'relative flex cursor-pointer flex-col items-center gap-1 rounded-house border pt-2 pb-1 text-12 has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-ink',
              value === shape ? 'border-ink bg-surface font-semibold text-ink' : 'border-line text-ink-soft hover:border-line-strong',
            )}
          >
            <input
              type="radio"
              name={name}
              className="absolute inset-0 cursor-pointer appearance-none outline-none"
              checked={value === shape}
              onChange={() => onChange(value)}
            />
            <ShapeIcon shape={value} />
            {w.shapes[value]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function ShapeIcon({ shape }: { shape: Shape | 'free' }) {
  const [width, height] = shape === 'free' ? [16, 16] : SHAPES[shape];
  const scale = 18 / Math.max(width, height);
  const size = { width: width * scale, height: height * scale };
  return (
    <svg aria-hidden viewBox="0 0 24 24" className="size-6" fill="none" stroke="currentColor" strokeWidth="1.5">
      <rect x={12 - size.width / 2} y={12 - size.height / 2} {...size} rx="2" strokeDasharray={shape === 'free' ? '3 2.5' : undefined} />
    </svg>
  );
}
