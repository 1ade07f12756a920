export { Outbox, type News } from './outbox.service.js';
export { EventConsumers, type Delivered } from './event-consumers.service.js';
export { Wakeups, type WakeChannel } from './wakeups.service.js';
export { Sweeper } from './sweeper.service.js';
export { OutboxModule } from './outbox.module.js';
