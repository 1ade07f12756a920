import { clsx } from 'clsx';

/** `value` from 0 to 1; null while nobody knows how far it is. */
export function ProgressBar({ value, label, className }: { value: number | null; label: string; className?: string }) {
  const percent = value === null ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className={clsx('h-1 overflow-hidden rounded-full bg-line', className)}
    >
      <div
        className={clsx(
          'h-full rounded-full bg-ink',
          value === null ? 'w-2/5 animate-[drift_1.4s_ease-in-out_infinite] motion-reduce:w-full motion-reduce:opacity-25' : 'transition-[width] duration-150',
        )}
        style={percent === undefined ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
