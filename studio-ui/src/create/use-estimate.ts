import { type Estimate, type Problem, toProblem } from '@atelier/ui-kit';
import { type EstimateDto, postEstimates } from '@atelier/ui-kit/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Draft, needsImage, needsPrompt, toParameters } from './draft.js';

/** Quiet time after the last change before the price is asked. */
const DEBOUNCE_MS = 350;

function useDebounced<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export interface PriceTag {
  estimate: Estimate | undefined;
  /** The estimate is of the draft before the last change; the next one is on its way. */
  stale: boolean;
  problem: Problem | null;
  retry: () => void;
}

/** The price of the draft as it stands, without side effects. Before anything is written, the price of some picture of this size. */
export function useEstimate(draft: Draft): PriceTag {
  const parameters = toParameters(draft);
  if (needsPrompt(draft.operation) && draft.prompt.trim() === '') parameters.prompt = 'a picture';
  const wanted = JSON.stringify({ operation: draft.operation, parameters });
  const body = useDebounced(wanted);
  const enabled = !needsImage(draft.operation) || draft.image !== null;
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
    problem: error ? toProblem(error) : null,
    retry: () => void refetch(),
  };
}
