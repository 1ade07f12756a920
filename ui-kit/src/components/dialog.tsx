import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { words } from '../strings.js';
import { buttonClass } from './button.js';

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence below the title, read aloud with it. */
  description?: ReactNode;
  /** `centre` asks or tells; `sheet` rises from the bottom of a phone; `drawer` comes from the left edge. */
  place?: 'centre' | 'sheet' | 'drawer' | 'top';
  /** The title is for readers of the page's structure only. */
  hideTitle?: boolean;
  children?: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}

const PLACES = {
  centre: 'm-auto w-[calc(100vw-32px)] max-w-md rounded-house',
  top: 'mx-auto mt-[12vh] w-[calc(100vw-32px)] max-w-xl rounded-house',
  sheet: 'mx-0 mt-auto mb-0 max-h-[88dvh] w-full max-w-none rounded-t-house',
  drawer: 'my-0 mr-auto ml-0 h-dvh max-h-none w-72 max-w-[85vw]',
};

/**
 * The platform's own modal: it traps the focus, gives it back, closes on Escape, makes the page behind it inert, and needs no style
 * tag at run time (which the content security policy would refuse). The focus begins on the element marked `data-autofocus`, else on
 * the first one.
 */
export function Dialog({ open, onClose, title, description, place = 'centre', hideTitle = false, children, footer, wide = false }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || !open) return;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => dialog.close();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={ref}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className={clsx('border border-line bg-surface p-0 text-ink shadow-raised open:flex open:flex-col', PLACES[place], wide && 'max-w-2xl!')}
    >
      <header className={clsx('flex items-start justify-between gap-4 px-5 pt-4', hideTitle && 'sr-only')}>
        <h2 id={`${id}-title`} className="text-16 font-semibold">
          {title}
        </h2>
        {!hideTitle && (
          <button type="button" onClick={onClose} aria-label={words.action.close} className={buttonClass('quiet', 'small', '-mr-2 w-7 px-0!')}>
            <X aria-hidden className="size-4" />
          </button>
        )}
      </header>
      <div className={clsx('min-h-0 overflow-y-auto', !hideTitle && 'px-5 pt-2 pb-5')}>
        {description && (
          <p id={`${id}-description`} className="mb-3 text-ink-soft">
            {description}
          </p>
        )}
        {children}
      </div>
      {footer && <footer className="flex justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>}
    </dialog>
  );
}
