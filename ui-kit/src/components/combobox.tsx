import { clsx } from 'clsx';
import { type KeyboardEvent, useId, useState } from 'react';
import type { FieldFault } from '../problem.js';
import { words } from '../strings.js';
import { Field, Input } from './field.js';

export interface Choice {
  value: string;
  label: string;
  detail?: string;
  /** Why it cannot be chosen; it is shown, because a thing that is missing without a word is looked for. */
  reason?: string | null;
}

interface Props {
  label: string;
  hint?: string;
  error?: FieldFault | null;
  placeholder?: string;
  options: readonly Choice[];
  /** The label of what is chosen now stands in the field; without it the field empties after a choice, to take the next. */
  chosen?: string;
  disabled?: boolean;
  none?: string;
  onPick: (value: string) => void;
}

const SHOWN = 60;

/** A field that finds one of many by typing. Arrow keys move, Enter takes, Escape closes. */
export function Combobox({ label, hint, error, placeholder, options, chosen = '', disabled, none = words.combobox.none, onPick }: Props) {
  const list = useId();
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const open = text !== null;
  const found = open ? matching(options, text).slice(0, SHOWN) : [];
  const take = (choice: Choice | undefined): void => {
    if (!choice || choice.reason) return;
    onPick(choice.value);
    setText(null);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!open) setText('');
      else setAt((Math.min(at, found.length - 1) + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter' && open && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(found[at]);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      setText(null);
    }
  };
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <div className="relative">
          <Input
            {...ids}
            role="combobox"
            autoComplete="off"
            aria-expanded={open}
            aria-controls={open ? list : undefined}
            aria-activedescendant={open && found[at] ? `${list}-${at}` : undefined}
            aria-autocomplete="list"
            disabled={disabled}
            placeholder={placeholder}
            value={text ?? chosen}
            onFocus={(event) => event.target.select()}
            onClick={() => open || setText('')}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            onKeyDown={onKey}
            onBlur={() => setText(null)}
          />
          {open && (
            <ul
              id={list}
              role="listbox"
              aria-label={label}
              className="absolute inset-x-0 top-full z-30 mt-1 max-h-64 overflow-y-auto rounded-house border border-line bg-surface p-1 shadow-raised"
            >
              {found.map((choice, index) => (
                <Row key={choice.value} id={`${list}-${index}`} choice={choice} active={index === at} onTake={() => take(choice)} onOver={() => setAt(index)} />
              ))}
              {found.length === 0 && (
                <li role="option" aria-disabled aria-selected={false} className="px-2.5 py-2 text-13 text-ink-soft">
                  {none}
                </li>
              )}
            </ul>
          )}
        </div>
      )}
    </Field>
  );
}

function Row({ id, choice, active, onTake, onOver }: { id: string; choice: Choice; active: boolean; onTake: () => void; onOver: () => void }) {
  return (
    <li
      id={id}
      role="option"
      aria-selected={active}
      aria-disabled={choice.reason ? true : undefined}
      ref={(node) => {
        if (active) node?.scrollIntoView({ block: 'nearest' });
      }}
      // The field keeps the focus, or leaving it would close the list before the click arrives.
      onMouseDown={(event) => event.preventDefault()}
      onMouseMove={onOver}
      onClick={onTake}
      className={clsx('cursor-pointer rounded-small px-2.5 py-1.5 text-14', active && 'bg-hover', choice.reason && 'text-ink-soft')}
    >
      {choice.label}
      {(choice.reason ?? choice.detail) && <span className="block text-12 text-ink-soft">{choice.reason ?? choice.detail}</span>}
    </li>
  );
}

/** Every word typed must occur; what begins with the text comes first. */
export function matching(options: readonly Choice[], text: string): Choice[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [...options];
  const parts = wanted.split(/\s+/);
  const hits = options.filter(({ value, label, detail = '' }) => {
    const all = `${value} ${label} ${detail}`.toLowerCase();
    return parts.every((part) => all.includes(part));
  });
  const early = ({ label }: Choice): number => (label.toLowerCase().startsWith(wanted) ? 0 : 1);
  return hits.sort((a, b) => early(a) - early(b));
}
