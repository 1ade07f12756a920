import { TERMINAL_JOB_STATUSES, type JobStatus } from '@atelier/contracts';
import { isTerminal as taskEnded, type TaskState } from '../../../fleet/tasks/index.js';

/** The allowed graph. Terminal is final; a job never goes back, an interrupted one stays where it was and says why it waits. */
export const NEXT_STATUSES: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['starting', 'canceled'],
  starting: ['processing', 'canceled'],
  processing: ['succeeded', 'failed', 'canceled'],
  succeeded: [],
  failed: [],
  canceled: [],
};
const LINE: readonly JobStatus[] = ['queued', 'starting', 'processing'];

export const isTerminal = (status: JobStatus): boolean => TERMINAL_JOB_STATUSES.includes(status);
/** Of a task, as opposed to a job. */
export const hasEnded = (state: TaskState): boolean => taskEnded(state);

/** The steps from one status to another, the target included: what happened unseen is written down too, so that the history has no gap. */
export function pathTo(from: JobStatus, to: JobStatus): JobStatus[] {
  if (from === to || isTerminal(from)) return [];
  if (NEXT_STATUSES[from].includes(to)) return [to];
  const next = LINE[LINE.indexOf(from) + 1];
  return next ? [next, ...pathTo(next, to)] : [];
}

/** How far the tasks have carried a job that has not ended. Never backwards. */
export function liveStatus(current: JobStatus, tasks: readonly TaskState[]): JobStatus {
  const reached = tasks.some((state) => state === 'running' || state === 'done' || state === 'failed')
    ? 'processing'
    : tasks.some((state) => state === 'leased')
      ? 'starting'
      : 'queued';
  return LINE.indexOf(reached) > LINE.indexOf(current) ? reached : current;
}
