import type { Ctx } from '../context/index.js';

/** Limits of the caller's plan; null means none. */
export interface RateLimits {
  /** Per API key or session. */
  apiPerMinute: number | null;
  /** Per tenant. */
  generationsPerHour: number | null;
  /** Per tenant. */
  uploadsPerHour: number | null;
}

/** Port: what the caller's plan allows. Filled by `billing/plans`, which remembers its answers for up to 5 s. */
export abstract class LimitSource {
  abstract limits(ctx: Ctx): Promise<RateLimits>;
}
