import { clsx } from 'clsx';
import { type CSSProperties, useEffect, useId, useState } from 'react';
import type { FieldFault } from '../problem.js';
import { words } from '../strings.js';
import { FieldError } from './field.js';

interface Props {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  unit?: string;
  hint?: string;
  error?: FieldFault | null;
  onChange: (value: number) => void;
}

const clamp = (value: number, min: number, max: number, step: number): number => {
  const stepped = min + Math.round((value - min) / step) * step;
  return Math.min(max, Math.max(min, Number(stepped.toFixed(4))));
};

/** A slider for the hand and a number box for the head; both are the same value. */
export function Slider({ label, value, min, max, step = 1, unit, hint, error, onChange }: Props) {
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  const filled = { '--filled': `${((value - min) / (max - min)) * 100}%` } as CSSProperties;
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <div className="flex items-center justify-between gap-3">
        <label htmlFor={id} className="text-13 font-medium">
          {label}
        </label>
        <span className="flex items-center gap-1 text-13 text-ink-faint">
          <NumberBox label={words.number.value(label)} value={value} min={min} max={max} step={step} invalid={!!error} onChange={onChange} />
          {unit}
        </span>
      </div>
      <input
        id={id}
        type="range"
        className="range w-full"
        style={filled}
        {...{ min, max, step, value }}
        aria-describedby={described}
        aria-invalid={error ? true : undefined}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      {error && <FieldError id={`${id}-error`} error={error} />}
      {hint && (
        <p id={`${id}-hint`} className="text-12 text-ink-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface NumberBoxProps extends Pick<Props, 'label' | 'value' | 'min' | 'max' | 'onChange'> {
  step: number;
  invalid: boolean;
}

/** What is typed is taken over when it is a number in range, and put right on leaving the box. */
function NumberBox({ label, value, min, max, step, invalid, onChange }: NumberBoxProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const settle = (): void => {
    const typed = Number(text);
    const next = text.trim() === '' || Number.isNaN(typed) ? value : clamp(typed, min, max, step);
    setText(String(next));
    if (next !== value) onChange(next);
  };
  return (
    <input
      type="number"
      aria-label={label}
      aria-invalid={invalid || undefined}
      className={clsx(
        'num h-7 w-16 rounded-small border border-line-strong/60 bg-surface px-1.5 text-right text-13 text-ink hover:border-ink-soft aria-invalid:border-bad',
      )}
      value={text}
      {...{ min, max, step }}
      onChange={(event) => {
        setText(event.target.value);
        const typed = event.target.valueAsNumber;
        if (!Number.isNaN(typed) && clamp(typed, min, max, step) === typed) onChange(typed);
      }}
      onBlur={settle}
      onKeyDown={(event) => event.key === 'Enter' && settle()}
    />
  );
}
