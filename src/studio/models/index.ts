export { ModelsModule } from './models.module.js';
export { Passports } from './passports.service.js';
export { Models } from './models.service.js';
export type { ModelEntry } from './model.js';
