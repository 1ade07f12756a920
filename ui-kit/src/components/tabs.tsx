import { clsx } from 'clsx';
import { Tabs as Radix } from 'radix-ui';
import { type ReactNode, useId } from 'react';

interface Props<T extends string> {
  label: string;
  value: T;
  tabs: readonly { value: T; label: string; count?: number }[];
  onChange: (value: T) => void;
  /** The panel of the chosen tab. */
  children: ReactNode;
}

/** The chosen tab belongs in the URL: the caller keeps it there. */
export function Tabs<T extends string>({ label, value, tabs, onChange, children }: Props<T>) {
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as T)}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className={clsx(
              '-mb-px h-10 border-b-2 px-3 text-14 whitespace-nowrap',
              tab.value === value ? 'border-ink font-semibold text-ink' : 'border-transparent text-ink-soft hover:text-ink',
            )}
          >
            {tab.label}
            {tab.count !== undefined && <span className="num ml-1.5 text-12 text-ink-faint">{tab.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      <Radix.Content value={value} tabIndex={-1} className="pt-5 outline-none">
        {children}
      </Radix.Content>
    </Radix.Root>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: ReactNode }[];
  onChange: (value: T) => void;
  className?: string;
}

/** A choice of a few, all visible: radio buttons in a row, arrow keys move. */
export function Segments<T extends string>({ label, value, options, onChange, className }: SegmentsProps<T>) {
  const name = useId();
  return (
    <fieldset className={clsx('min-w-0', className)}>
      <legend className="sr-only">{label}</legend>
      <div className="flex gap-0.5 rounded-house border border-line bg-sunk p-0.5">
        {options.map((option) => (
          <label
            key={option.value}
            className={clsx(
              'relative flex min-h-8 flex-1 cursor-pointer items-center justify-center gap-1.5 rounded-small border px-2 text-center text-13 has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-ink',
              option.value === value ? 'border-line bg-surface font-semibold text-ink' : 'border-transparent text-ink-soft hover:text-ink',
            )}
          >
            <input
              type="radio"
              name={name}
              className="absolute inset-0 cursor-pointer appearance-none rounded-small outline-none"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.icon}
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
