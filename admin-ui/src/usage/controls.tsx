import { adminWords, Button, Field, Input, Select } from '@atelier/ui-kit';
import { X } from 'lucide-react';
import { type Dimension, NARROWED_BY, type Narrowed } from './asking.js';
import type { Days } from './range.js';

const w = adminWords.usage;

interface ControlsProps {
  days: Days;
  zone: string;
  zones: string[];
  onChange: (change: { from?: string; to?: string; zone?: string }) => void;
}

export function Controls({ days, zone, zones, onChange }: ControlsProps) {
  return (
    <div className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-[160px_160px_minmax(0,240px)]">
      <Field label={w.from}>
        {(ids) => (
          <Input
            {...ids}
            type="date"
            value={days.from}
            max={days.to}
            onChange={(event) => event.target.value && onChange({ from: event.target.value })}
            className="num"
          />
        )}
      </Field>
      <Field label={w.to}>
        {(ids) => (
          <Input
            {...ids}
            type="date"
            value={days.to}
            min={days.from}
            onChange={(event) => event.target.value && onChange({ to: event.target.value })}
            className="num"
          />
        )}
      </Field>
      <Field label={w.zone} className="col-span-2 sm:col-span-1">
        {(ids) => (
          <Select
            {...ids}
            value={zone}
            options={zones.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
            onChange={(event) => onChange({ zone: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}

/** What the report is narrowed to, each with a way back. */
export function Filters({ only, nameOf, onDrop }: { only: Narrowed; nameOf: (dimension: Dimension) => string; onDrop: (dimension: Dimension) => void }) {
  const set = NARROWED_BY.filter((dimension) => only[dimension] !== undefined);
  if (set.length === 0) return null;
  return (
    <ul aria-label={w.filters} className="mb-4 flex flex-wrap gap-2">
      {set.map((dimension) => {
        const text = `${w.groups[dimension]}: ${nameOf(dimension)}`;
        return (
          <li key={dimension} className="min-w-0">
            <Button
              size="small"
              icon={<X aria-hidden className="size-3.5" />}
              aria-label={w.dropFilter(text)}
              onClick={() => onDrop(dimension)}
              className="max-w-full"
            >
              <span className="truncate">{text}</span>
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
