/** What the ledger should do, written as plainly as possible: lists, loops, no SQL. The property test holds the real one against it. */
export interface ModelGrant {
  id: string;
  priority: number;
  /** Hours from now; a tie is broken by id. */
  expires: number;
  remaining: bigint;
  expired: boolean;
}
interface ModelHold {
  amount: bigint;
  open: boolean;
  charged: bigint;
  parts: { grant: ModelGrant; amount: bigint }[];
}

export class LedgerModel {
  readonly grants: ModelGrant[] = [];
  readonly holds = new Map<string, ModelHold>();
  breakage = 0n;
  private tick = 0;

  get available(): bigint {
    return this.grants.reduce((sum, grant) => sum + grant.remaining, 0n);
  }
  get held(): bigint {
    return [...this.holds.values()].reduce((sum, hold) => sum + (hold.open ? hold.amount : 0n), 0n);
  }
  get revenue(): bigint {
    return [...this.holds.values()].reduce((sum, hold) => sum + hold.charged, 0n);
  }
  /** Live grants with something left, in burn order. */
  get spendable(): ModelGrant[] {
    return this.inBurnOrder(this.grants.filter((grant) => !grant.expired && grant.remaining > 0n));
  }

  private inBurnOrder(grants: ModelGrant[]): ModelGrant[] {
    return grants.toSorted((a, b) => a.priority - b.priority || a.expires - b.expires || (a.id < b.id ? -1 : 1));
  }

  grant(id: string, priority: number, amount: bigint, expires: number): void {
    this.grants.push({ id, priority, expires, remaining: amount, expired: false });
  }

  hold(jobId: string, amount: bigint): boolean {
    if (amount > this.available) return false;
    const hold: ModelHold = { amount: 0n, open: true, charged: 0n, parts: [] };
    this.holds.set(jobId, hold);
    this.take(hold, amount);
    return true;
  }

  extend(jobId: string, more: bigint): boolean {
    const hold = this.holds.get(jobId)!;
    if (!hold.open || more > this.available) return false;
    this.take(hold, more);
    return true;
  }

  private take(hold: ModelHold, amount: bigint): void {
    hold.amount += amount;
    for (const grant of this.spendable) {
      const part = grant.remaining < amount ? grant.remaining : amount;
      if (part === 0n) return;
      grant.remaining -= part;
      amount -= part;
      const known = hold.parts.find((p) => p.grant === grant);
      if (known) known.amount += part;
      else hold.parts.push({ grant, amount: part });
    }
  }

  /** Settle with a charge, void with none. False when it was closed before. */
  close(jobId: string, charge: bigint, ourFault: boolean): boolean {
    const hold = this.holds.get(jobId)!;
    if (!hold.open) return false;
    hold.open = false;
    hold.charged = charge;
    this.tick++;
    let left = charge;
    for (const grant of this.inBurnOrder(hold.parts.map((part) => part.grant))) {
      const { amount } = hold.parts.find((part) => part.grant === grant)!;
      const charged = left < amount ? left : amount;
      left -= charged;
      const back = amount - charged;
      if (back === 0n) continue;
      if (grant.expired && !ourFault) {
        this.breakage += back;
        continue;
      }
      if (grant.expired) Object.assign(grant, { expired: false, expires: 24 + this.tick * 1e-6 });
      grant.remaining += back;
    }
    return true;
  }

  expire(id: string): void {
    const grant = this.grants.find((g) => g.id === id)!;
    if (grant.expired) return;
    this.breakage += grant.remaining;
    Object.assign(grant, { remaining: 0n, expired: true, expires: -1 + ++this.tick * 1e-6 });
  }
}
