export { PlansModule } from './plans.module.js';
export { Plans } from './plans.service.js';
export type { PlanLimits, PlanVersion, PlanView, SubscribedPlan } from './plan.js';
export { toVersionResponse } from './plan-catalogue.service.js';
export { PlanVersionResponse } from './plans.dto.js';
export { CREDITS_PATTERN, formatCredits, listValueMicros, parseCredits } from './credits.js';
export { BalanceNews } from './balance-news.service.js';
export { Fresh } from './fresh.service.js';
export { inThePast } from './plans.errors.js';
