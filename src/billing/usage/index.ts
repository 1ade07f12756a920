export { UsageModule } from './usage.module.js';
export { Usage } from './usage.service.js';
export { RateCards } from './rate-cards.service.js';
export type { Attempt, AttemptOutcome, AttemptUsage, JobUsage, RateCard } from './attempt.js';
