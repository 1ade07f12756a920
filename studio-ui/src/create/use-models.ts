import { type Model, modelsQuery } from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import type { Draft } from './draft.js';

const NONE: readonly Model[] = [];

/** The models of the draft's operation, the one that will be used, and what may go with it. */
export function useModels({ operation, model }: Pick<Draft, 'operation' | 'model'>): {
  models: readonly Model[];
  standard: Model | undefined;
  used: Model | undefined;
  companions: (type: Model['type']) => Model[];
} {
  const { data } = useQuery(modelsQuery);
  const all = data?.data ?? NONE;
  const models = all.filter(({ operations }) => operations.includes(operation));
  const standard = models.find(({ defaultFor }) => defaultFor.includes(operation));
  const used = model === null ? standard : models.find(({ id, slug }) => slug === model || id === model);
  return { models, standard, used, companions: (type) => all.filter((each) => each.type === type) };
}
