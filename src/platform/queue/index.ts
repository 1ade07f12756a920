export { Queues } from './queues.service.js';
export type { LaneQueue } from './lane-queue.js';
export { QueueModule } from './queue.module.js';
export { migrateQueueSchema } from './connection.js';
