import { clsx } from 'clsx';
import { useId } from 'react';

interface Props {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, disabled, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <div>
        <label htmlFor={id} className="text-13 font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-12 text-ink-faint">
            {hint}
          </p>
        )}
      </div>
      <button
        id={id}
        type="button"
        role="switch"
        disabled={disabled}
        aria-checked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onClick={() => onChange(!checked)}
        className={clsx(
          'relative h-6 w-10 shrink-0 rounded-full border transition-colors duration-100 disabled:opacity-50',
          checked ? 'border-ink bg-ink' : 'border-line-strong bg-surface',
        )}
      >
        <span
          className={clsx(
            'absolute top-1 left-1 size-3.5 rounded-full transition-transform duration-100',
            checked ? 'translate-x-4 bg-paper' : 'bg-line-strong',
          )}
        />
      </button>
    </div>
  );
}
