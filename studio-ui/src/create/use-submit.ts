import { idempotencyKey, jobQuery, type JobView, type Problem, toProblem } from '@atelier/ui-kit';
import { postJobs } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Draft, toParameters } from './draft.js';

export function useSubmit(onStarted: (job: JobView) => void): { submit: (draft: Draft) => void; busy: boolean; problem: Problem | null; clear: () => void } {
  const queries = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (draft: Draft) => {
      const body = { operation: draft.operation, parameters: toParameters(draft), visibility: draft.visibility };
      return postJobs({ body, headers: { 'idempotency-key': idempotencyKey() } });
    },
    onSuccess: (job) => {
      queries.setQueryData(jobQuery(job.id).queryKey, job);
      void queries.invalidateQueries({ queryKey: ['jobs'] });
      void queries.invalidateQueries({ queryKey: ['balance'] });
      onStarted(job);
    },
  });
  return { submit: mutate, busy: isPending, problem: error ? toProblem(error) : null, clear: reset };
}
