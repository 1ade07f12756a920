import type { GpuClass, Licence, ModelEngine, ModelType, Operation, ServiceState, ThermalMode, Visibility, WeightRole } from '@atelier/contracts';
import type { WeightsUse } from '../../fleet/tasks/index.js';

/** Why a model cannot be used now, and what helps. */
export interface Unready {
  code: 'model_not_ready' | 'licence_not_allowed' | 'model_off' | 'model_unavailable' | 'external_consent_missing';
  message: string;
  fix: string;
}

/** A model of the catalogue or of a tenant, as requests may use it. */
export interface ModelEntry {
  id: string;
  slug: string;
  name: string;
  description: string;
  type: ModelType;
  base: string;
  engine: ModelEngine;
  operations: readonly Operation[];
  simulated: boolean;
  vramMb: number;
  gpuClasses: readonly GpuClass[];
  priceFactor: 1 | 2;
  licence: Licence | null;
  /** Of a tenant: who brought it. Null for the catalogue. */
  ownerId: string | null;
  visibility: Visibility | null;
  triggerWords: readonly string[];
  hasPreview: boolean;
  /** Number of the version in use. Null for the catalogue. */
  version: number | null;
  source: string | null;
  /** Files that it is made of, imported ones and those that are missing. */
  files: readonly { name: string; role: WeightRole; bytes: number; digest: string | null }[];
  weights: readonly WeightsUse[];
  thermal: ThermalMode | null;
  createdAt: Date;
}

export interface ThermalFacts {
  mode: ThermalMode;
  state: ThermalMode;
  service: ServiceState;
}

/** Whether an entry fits a search: all criteria, every word somewhere in slug, name or description. */
export function fits(
  entry: Pick<ModelEntry, 'type' | 'base' | 'slug' | 'name' | 'description'>,
  search: { type?: string; base?: string; q?: string },
): boolean {
  if (search.type && entry.type !== search.type) return false;
  if (search.base && entry.base !== search.base) return false;
  const text = `${entry.slug} ${entry.name} ${entry.description}`.toLowerCase();
  return (search.q ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export interface Circumstances {
  /** Tags of licences that the operator allowed, beside those that need nobody's word. */
  allowedLicences: ReadonlySet<string>;
  /** Why the outside service may not work for the caller. */
  outside: Unready | null;
  /** Whether some pool that takes work runs it, for one operation or for any of its own. */
  isOffered: (entry: ModelEntry, operation?: Operation) => boolean;
}

/** Null: nobody has switched it off. */
export const switchedOff = ({ name, thermal }: Pick<ModelEntry, 'name' | 'thermal'>): Unready | null =>
  thermal === 'OFF' ? { code: 'model_off', message: `${name} is switched off.`, fix: 'Ask for it to be switched on, or choose another model.' } : null;

/** Null: it can be used. What needs no weights always can: where no box is there yet, its work waits for one. */
export function unreadiness(entry: ModelEntry, { allowedLicences, isOffered, outside }: Circumstances, operation?: Operation): Unready | null {
  if (entry.engine === 'builtin') return null;
  if (entry.engine === 'external') return outside;
  const missing = entry.files.filter(({ digest }) => digest === null);
  if (entry.files.length === 0)
    return { code: 'model_unavailable', message: `No engine of this installation runs ${entry.name}.`, fix: 'Choose another model.' };
  if (missing.length > 0)
    return {
      code: 'model_not_ready',
      message: `${entry.name} is known here, but its files are not: ${missing.map(({ name }) => name).join(', ')}.`,
      fix: 'Ask the operator to import them, or choose another model.',
    };
  if (entry.licence && entry.licence.commercialUse !== 'allowed' && !allowedLicences.has(entry.licence.tag) && !allowedLicences.has('*'))
    return {
      code: 'licence_not_allowed',
      message: `The licence of ${entry.name} (${entry.licence.name}) ${entry.licence.commercialUse === 'forbidden' ? 'forbids commercial use' : 'has to be reviewed before it is used commercially'}.`,
      fix: 'Ask the operator to declare why it may be used here, or choose another model.',
    };
  const off = switchedOff(entry);
  if (off) return off;
  if (!isOffered(entry, operation))
    return { code: 'model_unavailable', message: `No machine of this installation that your plan includes runs ${entry.name}.`, fix: 'Choose another model.' };
  return null;
}

/** The kind of task that an operation's model runs. */
export const kindOf = (operation: Operation): Exclude<Operation, 'segment-session' | 'smart-remove'> =>
  operation === 'segment-session' ? 'segment' : operation === 'smart-remove' ? 'clean-up' : operation;
