import type { Ctx } from '../../platform/context/index.js';

/** What the tenant's plan includes, as far as the rooms of this wing need to know. */
export interface EntitlementView {
  /** Name of the plan, e.g. `pro`. */
  plan: string;
  apiKeys: boolean;
  /** Active members allowed; null: no limit. */
  seats: number | null;
  sso: boolean;
}

/** Port: implemented where plans are known, a wing above. Answers may be up to 5 s old. */
export abstract class Entitlements {
  abstract get(ctx: Ctx): Promise<EntitlementView>;
}
