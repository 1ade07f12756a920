import { type Estimate, type Problem, toProblem, useDebounced } from '@atelier/ui-kit';
import { type EstimateDto, postEstimates } from '@atelier/ui-kit/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Draft, type Form, missingInputs, toParameters } from './draft.js';

export interface PriceTag {
  estimate: Estimate | undefined;
  /** The estimate is of the draft before the last change; the next one is on its way. */
  stale: boolean;
  problem: Problem | null;
  retry: () => void;
}

/** The price of the draft as it stands, without side effects. Before anything is written, the price of some picture of this size. */
export function useEstimate(draft: Draft): PriceTag {
  const missing = missingInputs(draft);
  const parameters = toParameters(draft);
  if (missing.includes('prompt')) parameters.prompt = 'a picture';
  return usePrice(
    draft.operation,
    parameters,
    missing.every((name) => name === 'prompt'),
  );
}

export function usePrice(operation: Form, parameters: Record<string, unknown>, enabled: boolean): PriceTag {
  const wanted = JSON.stringify({ operation, parameters });
  const body = useDebounced(wanted);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ['estimate', body],
    queryFn: ({ signal }) => postEstimates({ body: JSON.parse(body) as EstimateDto, signal }),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  return {
    estimate: error || !enabled ? undefined : data,
    stale: isPlaceholderData || wanted !== body,
    problem: error && enabled ? toProblem(error) : null,
    retry: () => void refetch(),
  };
}
