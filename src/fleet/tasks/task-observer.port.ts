import type { TaskBeat } from '@atelier/contracts';

export interface ObservedTask {
  tenantId: string;
  jobId: string;
  taskId: string;
  attempt: number;
}

/** Who wants to know how far a task is. Told after the heartbeat's transaction, as often as boxes report; implemented in studio/jobs. */
export abstract class TaskObserver {
  abstract progress(task: ObservedTask, progress: Pick<TaskBeat, 'step' | 'totalSteps' | 'stage' | 'state'>, preview?: TaskBeat['preview']): Promise<void>;
}
