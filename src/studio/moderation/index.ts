export { ModerationModule } from './moderation.module.js';
export { Moderation } from './moderation.service.js';
