export { UsageModule } from './usage.module.js';
export { Usage } from './usage.service.js';
export { RateCards } from './rate-cards.service.js';
export type { Attempt, AttemptOutcome, AttemptUsage, JobUsage, RateCard } from './attempt.js';
export { UsageReports } from './usage-reports.service.js';
export { periodOf, readRange, type UsageRange } from './range.js';
export { WhenField, ZoneField } from './range-fields.js';
export { UsageSlots } from './usage-slots.service.js';
