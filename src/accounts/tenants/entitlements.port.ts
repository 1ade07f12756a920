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

/** What somebody wants that not every plan has. */
export type Need =
  | { limit: 'apiKeys' | 'sso' }
  /** One more seat, model, video than there are. */
  | { limit: 'seats' | 'customModels'; used: number }
  | { limit: 'videosPerMonth'; used: number; resetsAt?: Date }
  /** Longest side, in pixels, and where the request names it. */
  | { limit: 'sideMax'; pixels: number; pointer: string }
  /** Any of these classes of machine. */
  | { limit: 'gpuClasses'; anyOf: readonly string[] }
  | { limit: 'storageBytes'; usedBytes: number; bytes: number };

/** Port: implemented where plans are known, a wing above. Answers may be up to 5 s old. */
export abstract class Entitlements {
  abstract get(ctx: Ctx): Promise<EntitlementView>;
  /** @throws DomainError 403 `plan_required`, naming the smallest plan on offer that has it */
  abstract require(ctx: Pick<Ctx, 'tenantId'>, need: Need): Promise<void>;
}
