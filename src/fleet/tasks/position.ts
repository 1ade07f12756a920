/** A tenant's ready tasks in a lane. */
export interface Backlog {
  tierWeight: number;
  tenantId: string;
  ready: number;
}

/**
 * How many tasks start before this one, itself included: what fair order makes of the backlog. Until my (k+1)-th task has its turn, every other tenant of
 * my tier has had up to k+1 turns, and every other tier its weight's worth of turns.
 * @param index how many ready tasks of the own tenant come first
 * @param queued tasks that have a ticket already
 */
export function positionOf(mine: { tierWeight: number; tenantId: string }, index: number, backlog: readonly Backlog[], queued: number): number {
  const turns = index + 1;
  const tiers = new Map<number, number>();
  let inTier = turns;
  for (const { tierWeight, tenantId, ready } of backlog) {
    if (tierWeight !== mine.tierWeight) tiers.set(tierWeight, (tiers.get(tierWeight) ?? 0) + ready);
    else if (tenantId !== mine.tenantId) inTier += Math.min(ready, turns);
  }
  const inOthers = [...tiers].reduce((sum, [weight, ready]) => sum + Math.min(ready, Math.ceil((inTier * weight) / mine.tierWeight)), 0);
  return queued + inTier + inOthers;
}
