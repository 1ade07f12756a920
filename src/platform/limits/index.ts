export { LimitsModule } from './limits.module.js';
export { LimitSource, type RateLimits } from './limit-source.port.js';
export { RateLimiter, type RatePolicy } from './rate-limiter.service.js';
export { RateLimited, rateHeaders, type RateState } from './limits.errors.js';
export { MemoryLimitStore } from './memory-limit-store.js';
export { Decisions } from './decisions.js';
