export { UsageModule } from './usage.module.js';
export { Usage } from './usage.service.js';
export { RateCards } from './rate-cards.service.js';
export type { Attempt, AttemptOutcome, AttemptUsage, JobUsage, RateCard } from './attempt.js';
export { UsageReports } from './usage-reports.service.js';
export { isTimeZone, periodOf, readRange, type UsageRange } from './range.js';
export { UsageSlots } from './usage-slots.service.js';
export { costMicros } from './cost.js';
export { Overheads, type Overhead } from './overheads.port.js';
