import { http, type JobView, jobQuery, type Problem, toProblem } from '@atelier/ui-kit';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Draft, toParameters } from './draft.js';

/** A key that makes a repeated request the same request. Not `randomUUID`: that exists only over HTTPS and on localhost. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function useSubmit(onStarted: (job: JobView) => void): { submit: (draft: Draft) => void; busy: boolean; problem: Problem | null; clear: () => void } {
  const queries = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (draft: Draft) => {
      const body = { operation: draft.operation, parameters: toParameters(draft), visibility: draft.visibility };
      return http.post<JobView>('/jobs', body, { headers: { 'idempotency-key': newKey() } });
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
