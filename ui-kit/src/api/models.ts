import { FAMILIES, type DiffusionFamily, type FamilyFacts, type ModelType, type ThermalMode } from '@atelier/contracts';
import { queryOptions } from '@tanstack/react-query';
import {
  getModels,
  getModelsById,
  getModelsByIdThermal,
  getModelsByIdVersions,
  getModelsImports,
  getModelsImportsById,
  getModelsSearch,
  getOperatorLicences,
  postModels,
  postModelsImportsByIdComplete,
  postModelsUpload,
  postOperatorModelsBySlugFiles,
  putModelsByIdThermal,
  putModelsImportsByIdPartsByN,
  type ImportView,
  type ModelView,
} from '../client/index.js';
import { paged } from '../paging.js';

/* Everything the pages ask about models, in one place. */

export type Model = ModelView;
export type ModelImport = ImportView;

/** What the family of a model can do; null where the family is not one of ours. */
export const familyOf = (base: string | undefined): FamilyFacts | null => (base && Object.hasOwn(FAMILIES, base) ? FAMILIES[base as DiffusionFamily] : null);

export interface ModelFilter {
  type?: ModelType;
  q?: string;
}
export const modelListQuery = (filter: ModelFilter) =>
  paged(['models', 'list', filter], (cursor) => getModelsSearch({ query: { limit: 50, ...filter, cursor } }));
/** Those that a form offers: a hundred are more than one chooses from. */
export const modelsQuery = queryOptions({ queryKey: ['models', 'all'], queryFn: () => getModels({ query: { limit: 100 } }), staleTime: 60_000 });
export const modelQuery = (id: string) => queryOptions({ queryKey: ['models', id], queryFn: () => getModelsById({ path: { id } }) });
export const versionsQuery = (id: string) => queryOptions({ queryKey: ['models', id, 'versions'], queryFn: () => getModelsByIdVersions({ path: { id } }) });
export const thermalQuery = (id: string) => queryOptions({ queryKey: ['models', id, 'thermal'], queryFn: () => getModelsByIdThermal({ path: { id } }) });
export const setThermal = (id: string, mode: ThermalMode, warmDurationMinutes?: number) =>
  putModelsByIdThermal({ path: { id }, body: { mode, ...(warmDurationMinutes && { warmDurationMinutes }) } });
export const licencesQuery = queryOptions({ queryKey: ['licences'], queryFn: () => getOperatorLicences() });

const OVER: readonly ModelImport['stage'][] = ['done', 'refused', 'failed', 'canceled'];
export const importOver = ({ stage }: Pick<ModelImport, 'stage'>): boolean => OVER.includes(stage);
/** Asked again while any of them is on its way. */
export const importsQuery = queryOptions({
  queryKey: ['models', 'imports'],
  queryFn: () => getModelsImports(),
  refetchInterval: ({ state }) => (state.data?.data.some((each) => !importOver(each)) ? 1_000 : false),
});
export const importQuery = (id: string) => queryOptions({ queryKey: ['models', 'imports', id], queryFn: () => getModelsImportsById({ path: { id } }) });

export interface ImportWish {
  name?: string;
  modelId?: string;
}

/** A file of many gigabytes leaves the browser piece by piece and is never read into memory as a whole. `onSent` hears the share that has arrived. */
export async function importFile(file: File, wish: ImportWish, onSent: (share: number) => void): Promise<ModelImport> {
  return sendParts(file, await postModelsUpload({ body: { filename: file.name, size: file.size, ...wish } }), onSent);
}

/** A file that the catalogue knows by name. */
export async function importCatalogueFile(slug: string, name: string, from: File | string, onSent: (share: number) => void): Promise<ModelImport> {
  if (typeof from === 'string') return postOperatorModelsBySlugFiles({ path: { slug }, body: { file: name, url: from } });
  return sendParts(from, await postOperatorModelsBySlugFiles({ path: { slug }, body: { file: name, size: from.size } }), onSent);
}

async function sendParts(file: File, { id, partBytes, partCount }: ModelImport, onSent: (share: number) => void): Promise<ModelImport> {
  for (let n = 1; n <= partCount; n++) {
    const body = file.slice((n - 1) * partBytes, n * partBytes, 'application/octet-stream');
    await putModelsImportsByIdPartsByN({ path: { id, n: String(n) }, body, headers: { 'Content-Type': 'application/octet-stream' }, bodySerializer: null });
    onSent(n / partCount);
  }
  return postModelsImportsByIdComplete({ path: { id } });
}

export const importFromUrl = (url: string, wish: ImportWish): Promise<ModelImport> => postModels({ body: { url, ...wish } });
