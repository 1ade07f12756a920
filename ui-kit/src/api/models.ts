import { FAMILIES, type DiffusionFamily, type FamilyFacts, type ModelType } from '@atelier/contracts';
import { queryOptions } from '@tanstack/react-query';
import {
  getModels,
  getModelsById,
  getModelsByIdVersions,
  getModelsImports,
  getModelsImportsById,
  getModelsSearch,
  getOperatorLicences,
  postModels,
  postModelsImportsByIdComplete,
  postModelsUpload,
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
  const { id, partBytes, partCount } = await postModelsUpload({ body: { filename: file.name, size: file.size, ...wish } });
  for (let n = 1; n <= partCount; n++) {
    const body = file.slice((n - 1) * partBytes, n * partBytes, 'application/octet-stream');
    await putModelsImportsByIdPartsByN({ path: { id, n: String(n) }, body, headers: { 'Content-Type': 'application/octet-stream' }, bodySerializer: null });
    onSent(n / partCount);
  }
  return postModelsImportsByIdComplete({ path: { id } });
}

export const importFromUrl = (url: string, wish: ImportWish): Promise<ModelImport> => postModels({ body: { url, ...wish } });
