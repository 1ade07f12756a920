import type { TaskErrorClass } from '@atelier/contracts';
import type { AttemptOutcome } from '../metering/index.js';
import type { TaskState } from './task-state.js';

/** How an attempt ended: by the box's report, or because the box gave it back or fell silent. */
export type AttemptReport =
  | { kind: 'done' }
  | { kind: 'stopped' }
  | { kind: 'failed'; error: TaskError }
  /** The box gave it back: notice, drain, SIGTERM, or it took a task it cannot hold. */
  | { kind: 'released'; reason: string }
  /** The box died under it without notice. */
  | { kind: 'lost' }
  /** The lease ran out although the box lives: it never got the task, or forgot it. */
  | { kind: 'forgotten' };

export interface TaskError {
  class: TaskErrorClass;
  code: string;
  message: string;
}

export interface EndingTask {
  state: TaskState;
  failures: number;
  lostBoxes: readonly string[];
  /** The attempt has run past its time limit, by our clock. */
  overtime: boolean;
}

export interface Ending {
  state: 'done' | 'failed' | 'canceled' | 'ready';
  error: TaskError | null;
  failures: number;
  lostBoxes: readonly string[];
  /** Milliseconds before the next attempt. */
  pauseMs: number;
  /** Interrupted: keeps its place at the front and gets its share of service back. */
  keepsTag: boolean;
  /** Why it runs again, for the job's log. */
  reason: string;
  outcome: AttemptOutcome;
  /** The attempt's seconds were nobody's gain. */
  wasted: boolean;
}

/** House §3: errors of the task itself, and distinct boxes that died under it. */
export const FAILURES_MAX = 3;
export const SUSPECT_LOSSES_MAX = 3;

/** Decides what an ended attempt makes of its task. `backoffMs` is the pause after the first failure; it doubles with each. */
export function endingOf(task: EndingTask, boxId: string, report: AttemptReport, backoffMs: number): Ending {
  const base: Ending = {
    state: 'done',
    error: null,
    failures: task.failures,
    lostBoxes: task.lostBoxes,
    pauseMs: 0,
    keepsTag: false,
    reason: report.kind,
    outcome: outcomeOf(report),
    wasted: true,
  };
  if (report.kind === 'done') return { ...base, wasted: false };
  const users = report.kind === 'failed' && report.error.class === 'input';
  if (task.state === 'stopping') return { ...base, state: 'canceled', wasted: report.kind !== 'stopped' && !users };
  if (task.overtime && !users)
    return failedByTask(base, { class: 'task', code: 'timeout', message: 'The attempt ran past its time limit and was stopped.' }, backoffMs);
  switch (report.kind) {
    case 'failed':
      if (users) return { ...base, state: 'failed', error: report.error, wasted: false };
      return report.error.class === 'task' ? failedByTask(base, report.error, backoffMs) : suspectBox(base, boxId, backoffMs);
    case 'lost':
      return suspectBox(base, boxId, 0);
    case 'released':
      return { ...base, state: 'ready', keepsTag: true, reason: report.reason };
    case 'stopped':
      // Nobody asked for it. Without a count, a task that boxes stop by themselves would go round for ever.
      return failedByTask(base, { class: 'task', code: 'stopped_unasked', message: 'The box stopped the task although nobody had asked for it.' }, backoffMs);
    case 'forgotten':
      return { ...base, state: 'ready', keepsTag: true };
  }
}

const outcomeOf = (report: AttemptReport): AttemptOutcome => (report.kind === 'forgotten' ? 'lost' : report.kind);

function failedByTask(base: Ending, error: TaskError, backoffMs: number): Ending {
  const failures = base.failures + 1;
  if (failures >= FAILURES_MAX) return { ...base, state: 'failed', error, failures };
  return { ...base, state: 'ready', failures, pauseMs: backoffMs * 2 ** (failures - 1), reason: error.code };
}

function suspectBox(base: Ending, boxId: string, pauseMs: number): Ending {
  const lostBoxes = [...new Set([...base.lostBoxes, boxId])];
  if (lostBoxes.length < SUSPECT_LOSSES_MAX) return { ...base, state: 'ready', lostBoxes, pauseMs, keepsTag: true };
  const message = `${lostBoxes.length} boxes died or broke while running this task, so it is not tried again.`;
  return { ...base, state: 'failed', lostBoxes, error: { class: 'task', code: 'poison_task', message } };
}
