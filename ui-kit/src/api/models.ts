import {
  type CommercialUse,
  type DiffusionFamily,
  FAMILIES,
  type FamilyFacts,
  type Licence,
  type ModelEngine,
  type ModelType,
  type ServiceState,
  type ThermalMode,
} from '@atelier/contracts';
import { queryOptions } from '@tanstack/react-query';
import { type Paged, paged } from '../paging.js';
import { idempotencyKey } from '../idempotency.js';
import { call } from './call.js';

/* Everything the pages ask about models, in one place. */

export interface ModelThermal {
  mode: ThermalMode;
  /** Where the weights are now: in object storage, on a disk, in the memory of a GPU. */
  state: ThermalMode;
  warmUntil: string | null;
  service: ServiceState;
}
export interface ModelVersion {
  id: string;
  number: number;
  changelog: string | null;
  current: boolean;
  createdAt: string;
  files: { role: string; bytes: number; digest: string; format: string }[];
  /** What was checked before anything may open the files. */
  passport: { rules: number; checks: string[]; checkedAt: string } | null;
}
export interface Model {
  id: string;
  slug: string;
  name: string;
  description: string;
  type: ModelType;
  base: string;
  engine: ModelEngine;
  operations: string[];
  simulated: boolean;
  ready: boolean;
  /** Why it is not ready, with the cure. */
  reason: string | null;
  vramMb: number;
  gpuClasses: string[];
  priceFactor: number;
  licence: Licence | null;
  thermal: ModelThermal | null;
  triggerWords: string[];
  defaults: Partial<FamilyFacts['defaults']>;
  isDefault: boolean;
  /** Of the workspace, not of the catalogue. */
  own: boolean;
  version: number | null;
  createdAt: string;
}

type Loose = Partial<Omit<Model, 'licence'>> & Record<string, unknown>;

const licenceOf = (given: unknown): Licence | null => {
  if (typeof given === 'string') return { tag: given, name: given, url: '', commercialUse: 'allowed' };
  if (!given || typeof given !== 'object') return null;
  const { tag = '', name, url = '', commercialUse = 'review' } = given as Partial<Licence>;
  return { tag, name: name ?? tag, url, commercialUse };
};

/** Catalogue entries say little, imported models much: what is not said gets its plain value. */
export function toModel(raw: Loose): Model {
  const current = raw.currentVersion as { number?: number } | number | null | undefined;
  return {
    id: String(raw.id),
    slug: raw.slug ?? '',
    name: raw.name ?? raw.slug ?? '',
    description: raw.description ?? '',
    type: raw.type ?? 'checkpoint',
    base: raw.base ?? '',
    engine: raw.engine ?? 'builtin',
    operations: raw.operations ?? [],
    simulated: raw.simulated ?? false,
    ready: raw.ready ?? true,
    reason: raw.reason ?? null,
    vramMb: raw.vramMb ?? 0,
    gpuClasses: raw.gpuClasses ?? [],
    priceFactor: raw.priceFactor ?? 1,
    licence: licenceOf(raw.licence),
    thermal: raw.thermal ?? null,
    triggerWords: raw.triggerWords ?? [],
    defaults: raw.defaults ?? {},
    isDefault: raw.isDefault ?? false,
    own: Boolean(raw.own ?? raw.ownerId),
    version: raw.version ?? (typeof current === 'number' ? current : (current?.number ?? null)),
    createdAt: raw.createdAt ?? '',
  };
}

/** What the family of a model can do; null where the family is not one of ours. */
export const familyOf = (base: string | undefined): FamilyFacts | null => (base && Object.hasOwn(FAMILIES, base) ? FAMILIES[base as DiffusionFamily] : null);

export interface ModelFilter {
  type?: ModelType;
  base?: string;
  q?: string;
}
const page = async (path: string, query: Record<string, string | number | undefined>): Promise<Paged<Model>> => {
  const answer = await call<Paged<Loose>>('get', path, { query });
  return { ...answer, data: answer.data.map(toModel) };
};

export const modelListQuery = (filter: ModelFilter) => paged(['models', 'list', filter], (cursor) => page('/models/search', { limit: 50, ...filter, cursor }));
/** Those that a form offers: a hundred are more than one chooses from. */
export const modelsQuery = queryOptions({ queryKey: ['models', 'all'], queryFn: () => page('/models', { limit: 100 }), staleTime: 60_000 });
export const lorasQuery = queryOptions({ queryKey: ['models', 'loras'], queryFn: () => page('/loras', { limit: 100 }), staleTime: 60_000, retry: false });
export const embeddingsQuery = queryOptions({
  queryKey: ['models', 'embeddings'],
  queryFn: () => page('/embeddings', { limit: 100 }),
  staleTime: 60_000,
  retry: false,
});
export const modelQuery = (id: string) => queryOptions({ queryKey: ['models', id], queryFn: async () => toModel(await call<Loose>('get', `/models/${id}`)) });
export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['models', id, 'versions'],
    queryFn: async () => {
      const answer = await call<Paged<Partial<ModelVersion>> | Partial<ModelVersion>[]>('get', `/models/${id}/versions`);
      return (Array.isArray(answer) ? answer : answer.data).map(toVersion);
    },
  });

const toVersion = (raw: Partial<ModelVersion>): ModelVersion => ({
  id: String(raw.id),
  number: raw.number ?? 0,
  changelog: raw.changelog ?? null,
  current: raw.current ?? false,
  createdAt: raw.createdAt ?? '',
  files: raw.files ?? [],
  passport: raw.passport ?? null,
});

export const rollBack = (id: string, versionId: string): Promise<unknown> => call('post', `/models/${id}/rollback`, { body: { versionId } });
export const deleteModel = (id: string): Promise<unknown> => call('delete', `/models/${id}`);

export const IMPORT_STATES = ['uploading', 'scanning', 'clean', 'rejected', 'error'] as const;
export interface ModelImport {
  id: string;
  state: (typeof IMPORT_STATES)[number];
  filename: string | null;
  stages: { name: string; state: 'waiting' | 'running' | 'passed' | 'failed' | 'skipped'; detail: string | null }[];
  /** Why it was refused, in words. */
  reason: string | null;
  modelId: string | null;
}
export const importOver = ({ state }: ModelImport): boolean => state === 'clean' || state === 'rejected' || state === 'error';
export const importQuery = (id: string) => queryOptions({ queryKey: ['imports', id], queryFn: () => call<ModelImport>('get', `/models/imports/${id}`) });

interface UploadPlace {
  url?: string;
  headers?: Record<string, string>;
  parts?: { url: string; size?: number; headers?: Record<string, string> }[];
  partSize?: number;
}
export interface ImportWish {
  name?: string;
  changelog?: string;
}

/** Announces the file, sends it where the server says, and asks for the checks. `onSent` hears the share that has arrived. */
export async function importFile(file: File, wish: ImportWish, onSent: (share: number) => void): Promise<ModelImport> {
  const body = { filename: file.name, size: file.size, ...wish };
  const begun = await call<ModelImport & { upload?: UploadPlace } & UploadPlace>('post', '/models/upload', {
    body,
    headers: { 'idempotency-key': idempotencyKey() },
  });
  await send(file, begun.upload ?? begun, onSent);
  return call<ModelImport>('post', `/models/imports/${begun.id}/complete`, { body: {} });
}

export const importFromUrl = (url: string, wish: ImportWish): Promise<ModelImport> =>
  call('post', '/models', { body: { url, ...wish }, headers: { 'idempotency-key': idempotencyKey() } });

/** A file of many gigabytes leaves the browser piece by piece and is never read into memory as a whole. */
async function send(file: File, place: UploadPlace, onSent: (share: number) => void): Promise<void> {
  const parts = place.parts ?? (place.url ? [{ url: place.url, headers: place.headers, size: file.size }] : []);
  const size = place.partSize ?? Math.ceil(file.size / Math.max(1, parts.length));
  let from = 0;
  for (const part of parts) {
    const to = Math.min(file.size, from + (part.size ?? size));
    await put(part.url, part.headers ?? {}, file.slice(from, to), (sent) => onSent(file.size === 0 ? 1 : (from + sent) / file.size));
    from = to;
  }
  onSent(1);
}

/** `fetch` cannot tell how much of a body has left; the older request can. */
function put(url: string, headers: Record<string, string>, body: Blob, onSent: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
    request.addEventListener('load', () => (request.status < 300 ? resolve() : reject(new TypeError(`The storage answered ${request.status}.`))));
    request.addEventListener('error', () => reject(new TypeError('The file could not be sent.')));
    request.send(body);
  });
}

/* Of the operator. */

export interface LicenceGate {
  tag: string;
  name: string;
  url: string;
  commercialUse: CommercialUse;
  allowed: boolean;
  reason: string | null;
  models: number;
}
export interface LicenceGates {
  /** The operator has declared that nobody earns money with this installation. */
  nonCommercial: boolean;
  licences: LicenceGate[];
}
export const licencesQuery = queryOptions({ queryKey: ['licences'], queryFn: () => call<LicenceGates>('get', '/operator/licences') });
export type LicenceChange = { nonCommercial: boolean; reason: string } | { tag: string; allowed: boolean; reason: string };
export const setLicence = (body: LicenceChange): Promise<LicenceGates> => call('put', '/operator/licences', { body });

export interface ThermalAnswer extends ModelThermal {
  warmDurationMinutes: number | null;
  /** What keeping it so costs, said before it is switched. */
  estimate: { costMicrosPerHour: string | null; loadSeconds: number | null } | null;
}
export const thermalQuery = (id: string) =>
  queryOptions({ queryKey: ['models', id, 'thermal'], queryFn: () => call<ThermalAnswer>('get', `/models/${id}/thermal`) });
export interface ThermalWish {
  mode: ThermalMode;
  warmDurationMinutes?: number;
}
export const thermalCost = (id: string, wish: ThermalWish): Promise<ThermalAnswer> =>
  call('put', `/models/${id}/thermal`, { body: wish, query: { dryRun: 'true' } });
export const setThermal = (id: string, wish: ThermalWish): Promise<ThermalAnswer> => call('put', `/models/${id}/thermal`, { body: wish });
