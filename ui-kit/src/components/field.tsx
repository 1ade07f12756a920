import { clsx } from 'clsx';
import { CircleAlert } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react';
import type { FieldFault } from '../problem.js';

/** What a control needs to belong to its label, hint and error. */
export interface ControlIds {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: string;
  /** Beside the label, on the right: a counter, a small action. */
  aside?: ReactNode;
  hint?: ReactNode;
  error?: FieldFault | null;
  /** Keeps the label for readers of the page's structure only. */
  hideLabel?: boolean;
  className?: string;
  children: (ids: ControlIds) => ReactNode;
}

/** Label, control, hint, error – tied together by ids. The error says the cause and the cure. */
export function Field({ label, aside, hint, error, hideLabel = false, className, children }: FieldProps) {
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className={clsx('flex min-w-0 flex-col gap-1.5', className)}>
      <div className={clsx('flex items-baseline justify-between gap-3', hideLabel && !aside && 'sr-only')}>
        <label htmlFor={id} className={clsx('text-13 font-medium', hideLabel && 'sr-only')}>
          {label}
        </label>
        {aside}
      </div>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && <FieldError id={`${id}-error`} error={error} />}
      {hint && (
        <p id={`${id}-hint`} className="text-12 text-ink-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

export function FieldError({ id, error }: { id?: string; error: FieldFault }) {
  return (
    <p id={id} className="flex gap-1.5 text-13 text-bad">
      <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span>
        {error.message} {error.fix}
      </span>
    </p>
  );
}

const CONTROL =
  'w-full rounded-house border border-line-strong bg-surface text-ink transition-colors hover:border-ink-soft aria-invalid:border-bad disabled:opacity-60';

export function Input({ className, ...rest }: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input className={clsx(CONTROL, 'h-9 px-3', className)} {...rest} />;
}

export function Textarea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea className={clsx(CONTROL, 'resize-y px-3 py-2', className)} {...rest} />;
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

/** The platform's own list: it fits the phone, the screen reader and the content security policy. */
export function Select({ options, className, ...rest }: Omit<SelectHTMLAttributes<HTMLSelectElement>, 'children'> & { options: readonly Option[] }) {
  return (
    <select className={clsx(CONTROL, 'h-9 pr-2 pl-2.5', className)} {...rest}>
      {options.map(({ value, label, disabled }) => (
        <option key={value} value={value} disabled={disabled}>
          {label}
        </option>
      ))}
    </select>
  );
}
