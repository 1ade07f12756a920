export { PoolsModule } from './pools.module.js';
export { Pools } from './pools.service.js';
export { isAble } from './offers.js';
export type { Pool, Lane, ProviderName } from './pool.js';
export { LIST_RATE } from './list-rate.js';
export { fleetConfig } from './settings.js';
export { noPoolForTask } from './pools.errors.js';
