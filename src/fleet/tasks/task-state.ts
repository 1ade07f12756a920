/**
 * The life of a task (domain §6). `blocked` waits for other tasks of its job, `ready` for its turn, `queued` has a ticket, `leased` is on a box,
 * `running` reported work, `stopping` was cancelled on a box and ends by the box's report or with its lease.
 */
export const TASK_STATES = ['blocked', 'ready', 'queued', 'leased', 'running', 'stopping', 'done', 'failed', 'canceled'] as const;
export type TaskState = (typeof TASK_STATES)[number];

const NEXT: Readonly<Record<TaskState, readonly TaskState[]>> = {
  blocked: ['ready', 'canceled'],
  ready: ['queued', 'canceled'],
  queued: ['leased', 'ready', 'canceled'],
  leased: ['running', 'stopping', 'done', 'failed', 'ready'],
  running: ['stopping', 'done', 'failed', 'ready'],
  stopping: ['done', 'canceled'],
  done: [],
  failed: [],
  canceled: [],
};

export const canMove = (from: TaskState, to: TaskState): boolean => NEXT[from].includes(to);

/** States from which a task may move to `to`: what a compare-and-set names in its WHERE. */
export const mayBecome = (to: TaskState): TaskState[] => TASK_STATES.filter((from) => canMove(from, to));

export const isTerminal = (state: TaskState): boolean => NEXT[state].length === 0;

/** On a box: the lease and its heartbeats count. */
export const ON_BOX: readonly TaskState[] = ['leased', 'running', 'stopping'];

/** What a cancelled job makes of its task: nothing yet spent ends at once, work on a box is asked to stop. */
export function afterCancel(state: TaskState): TaskState {
  if (isTerminal(state) || state === 'stopping') return state;
  return ON_BOX.includes(state) ? 'stopping' : 'canceled';
}
