export { ModelsModule } from './models.module.js';
export { Passports } from './passports.service.js';
export { ModelQuota } from './model-quota.service.js';
export { Models } from './models.service.js';
export { Choices, isRefused, type ChosenModel, type Companion, type Refused } from './choices.service.js';
