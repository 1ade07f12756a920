export { ModelsModule } from './models.module.js';
export { Models } from './models.service.js';
export type { ModelEntry } from './model.js';
