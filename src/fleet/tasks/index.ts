export { TasksModule } from './tasks.module.js';
export { Tasks } from './tasks.service.js';
export { TaskObserver, type ObservedTask } from './task-observer.port.js';
export type { NewTask, TaskView, TaskInputRef, TaskProgress, WeightsUse, QueuePosition } from './task.js';
export { isTerminal, type TaskState } from './task-state.js';
export type { AttemptReport, TaskError } from './ending.js';
// For the rooms of the wing that promote and lease:
export { Backlog } from './backlog.service.js';
export { Attempts } from './attempts.service.js';
export type { QueuedTask, ReadyLine, ReadyTask } from './backlog.service.js';
export type { AttemptDetail, HeldTask, LeasedTaskRow, LockedTask } from './attempts.service.js';
