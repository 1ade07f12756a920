import { clsx } from 'clsx';
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';
import type { FieldFault } from '../problem.js';
import { FieldError } from './field.js';

/** Things of which any number can be chosen, under one name and with one error. */
export function CheckGroup({ legend, error, children }: { legend: string; error?: FieldFault | null; children: ReactNode }) {
  const id = useId();
  return (
    <fieldset aria-describedby={error ? id : undefined}>
      <legend className="mb-1 text-13 font-medium">{legend}</legend>
      {children}
      {error && <FieldError id={id} error={error} />}
    </fieldset>
  );
}

interface CheckProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> {
  label: ReactNode;
  /** Under the label. */
  about?: string;
}

/** One of them. Its box is the platform's own, kept by the form or by whoever holds `checked`. */
export function Check({ label, about, className, ...box }: CheckProps) {
  return (
    <label className={clsx('flex min-h-8 items-start gap-2 py-1.5', className)}>
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-ink" {...box} />
      <span>
        {label}
        {about !== undefined && <span className="block text-12 text-ink-soft">{about}</span>}
      </span>
    </label>
  );
}
