import { clsx } from 'clsx';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { Tooltip } from './tooltip.js';

export type ButtonKind = 'main' | 'plain' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'normal' | 'large';

const KINDS: Record<ButtonKind, string> = {
  main: 'bg-accent text-on-accent border-transparent enabled:hover:bg-accent-hover aria-disabled:hover:bg-accent font-semibold',
  plain: 'bg-surface text-ink border-line-strong/60 enabled:hover:bg-hover',
  quiet: 'bg-transparent text-ink-soft border-transparent enabled:hover:bg-hover enabled:hover:text-ink',
  danger: 'bg-bad text-on-bad border-transparent font-semibold enabled:hover:opacity-90',
};
const SIZES: Record<ButtonSize, string> = {
  small: 'h-7 px-2.5 text-13 gap-1.5',
  normal: 'h-9 px-3.5 text-14 gap-2',
  large: 'h-12 px-5 text-16 gap-2',
};

export function buttonClass(kind: ButtonKind = 'plain', size: ButtonSize = 'normal', extra?: string): string {
  return clsx(
    'inline-flex shrink-0 items-center justify-center rounded-house border whitespace-nowrap transition-colors duration-100 select-none',
    'disabled:cursor-not-allowed disabled:opacity-50',
    KINDS[kind],
    SIZES[size],
    extra,
  );
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind;
  size?: ButtonSize;
  /** The action is under way: the button keeps its place and its words, and cannot be pressed again. */
  busy?: boolean;
  icon?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** The word on it is a verb. `main` is used once on a page. */
export function Button({ kind, size, busy = false, icon, className, children, disabled, type = 'button', ...rest }: ButtonProps) {
  return (
    <button type={type} className={buttonClass(kind, size, className)} disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  /** Read aloud, and shown as a tooltip. */
  label: string;
  icon: ReactNode;
}

export function IconButton({ label, icon, kind = 'quiet', size = 'normal', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <Button kind={kind} size={size} aria-label={label} className={clsx(size === 'small' ? 'w-7' : 'w-9', 'px-0!', className)} {...rest}>
        {icon}
      </Button>
    </Tooltip>
  );
}
