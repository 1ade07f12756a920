import type { GpuClass } from '@atelier/contracts';
import type { ModelType } from './models.dto.js';

/** One entry of the catalogue. */
export interface ModelEntry {
  id: string;
  slug: string;
  name: string;
  description: string;
  type: ModelType;
  base: string;
  operations: string[];
  simulated: boolean;
  vramMb: number;
  gpuClasses: GpuClass[];
  priceFactor: 1 | 2;
  licence: string | null;
  isDefault: boolean;
  createdAt: Date;
}

/** Whether an entry fits a search: all criteria, every word somewhere in slug, name or description. */
export function fits(entry: ModelEntry, search: { type?: string; base?: string; q?: string }): boolean {
  if (search.type && entry.type !== search.type) return false;
  if (search.base && entry.base !== search.base) return false;
  const text = `${entry.slug} ${entry.name} ${entry.description}`.toLowerCase();
  return (search.q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The checkpoint an operation uses: the one that was named (by slug or TypeID), else its default. Undefined: there is none such. */
export function chooseModel(catalogue: readonly ModelEntry[], operation: string, named?: { slug: string; id: string | null }): ModelEntry | undefined {
  const able = catalogue.filter((entry) => entry.type === 'checkpoint' && entry.operations.includes(operation));
  return named ? able.find((entry) => entry.slug === named.slug || entry.id === named.id) : (able.find((entry) => entry.isDefault) ?? able[0]);
}
