import { expect } from 'vitest';
import { LEDGER_INVARIANTS } from '../../src/billing/ledger/index.js';
import { LedgerRepository } from '../../src/billing/ledger/ledger.repository.js';
import type { Balance, Closing, Hold, HoldOutcome, NewHold } from '../../src/billing/ledger/index.js';
import type { Quote } from '../../src/billing/pricing/index.js';
import { DataSources, TenantTx } from '../../src/platform/database/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { makeDatabase, type TestDatabase } from '../support/database.js';

export const someQuote = (totalMilli: bigint): Quote => ({
  priceListVersion: 1,
  items: [{ code: 'background_removal', images: 1 }],
  lines: [{ code: 'background_removal', description: 'Background removal', quantity: 1, unitMilli: totalMilli, amountMilli: totalMilli }],
  totalMilli,
});

export const aHold = (amountMilli: bigint, jobId = newId()): NewHold => ({
  holdId: newId(),
  jobId,
  amountMilli,
  quote: someQuote(amountMilli),
  dimensions: { operation: 'remove-background', model: null, teamId: null, userId: newId(), keyId: null },
});

/** The ledger's functions over a fresh database, through the application's own login and row level security. */
export class Books {
  private constructor(
    readonly db: TestDatabase,
    private readonly sources: DataSources,
    readonly tx: TenantTx,
    private readonly repository: LedgerRepository,
  ) {}

  static async open(): Promise<Books> {
    const db = await makeDatabase();
    const sources = await DataSources.open(db.urls);
    return new Books(db, sources, new TenantTx(sources.app), new LedgerRepository());
  }

  async close(): Promise<void> {
    await this.sources.close();
    await this.db.drop();
  }

  hold(tenantId: string, ...amounts: bigint[]): Promise<HoldOutcome[]> {
    return this.holdMany(
      tenantId,
      amounts.map((amount) => aHold(amount)),
    );
  }
  /** Holds for one job that fits, and returns its id. */
  async job(tenantId: string, amount: bigint): Promise<string> {
    const [outcome] = await this.hold(tenantId, amount);
    expect(outcome!.ok).toBe(true);
    return outcome!.jobId;
  }
  holdMany(tenantId: string, holds: NewHold[]): Promise<HoldOutcome[]> {
    return this.tx.run({ tenantId }, (em) => this.repository.hold(em, tenantId, holds));
  }
  extend(tenantId: string, jobId: string, more: bigint): Promise<boolean> {
    return this.tx.run({ tenantId }, (em) => this.repository.extend(em, tenantId, jobId, more));
  }
  settle(tenantId: string, jobId: string, charge: bigint, ourFault = false): Promise<Closing | null> {
    return this.tx.run({ tenantId }, (em) => this.repository.settle(em, tenantId, jobId, charge, 'done', ourFault));
  }
  void(tenantId: string, jobId: string, ourFault = false): Promise<Closing | null> {
    return this.tx.run({ tenantId }, (em) => this.repository.void(em, tenantId, jobId, 'canceled', ourFault));
  }
  /** @returns the id of the grant */
  async grant(tenantId: string, amountMilli: bigint, expiresInHours?: number, key = newId()): Promise<string> {
    const expiresAt = expiresInHours === undefined ? null : new Date(Date.now() + expiresInHours * 3_600_000);
    const grant = await this.tx.run({ tenantId }, (em) =>
      this.repository.grant(em, tenantId, { grantId: newId(), amountMilli, expiresAt, reason: 'a gift', key, by: newId() }),
    );
    return grant!.id;
  }
  async balance(tenantId: string): Promise<Balance> {
    return this.tx.run({ tenantId }, async (em) => {
      await this.repository.ensureAccount(em, tenantId);
      return this.repository.balance(em, tenantId);
    });
  }
  async holdOf(tenantId: string, jobId: string): Promise<Hold> {
    return (await this.tx.run({ tenantId }, (em) => this.repository.holdsOf(em, [jobId])))[0]!;
  }
  entries(tenantId: string) {
    return this.tx.run({ tenantId }, (em) => this.repository.entries(em, tenantId, 1000, null));
  }
  allocations(tenantId: string, jobId: string) {
    return this.tx.run({ tenantId }, (em) => this.repository.allocationsOf(em, tenantId, jobId));
  }

  /** Lets the time of a grant pass (by default of the plan's). */
  async letExpire(tenantId: string, grantId?: string): Promise<void> {
    await this.db.sql(
      `UPDATE credit_grant SET expires_at = now() - interval '1 second' WHERE tenant_id = $1 AND ($2::uuid IS NULL AND kind = 'plan' OR id = $2)`,
      [tenantId, grantId ?? null],
    );
    await this.db.sql(`UPDATE wallet SET due_at = '-infinity' WHERE tenant_id = $1`, [tenantId]);
  }
  /** Moves a tenant's whole plan calendar into the past. */
  async shiftPeriod(tenantId: string, by: string): Promise<void> {
    await this.db.sql(`UPDATE tenant_plan SET period_anchor = period_anchor - $2::interval WHERE tenant_id = $1`, [tenantId, by]);
    await this.db.sql(`UPDATE credit_grant SET expires_at = expires_at - $2::interval WHERE tenant_id = $1`, [tenantId, by]);
    await this.db.sql(`UPDATE wallet SET period_ends_at = period_ends_at - $2::interval, due_at = due_at - $2::interval WHERE tenant_id = $1`, [tenantId, by]);
  }

  /** Every invariant, asked as the system's login. */
  async prove(): Promise<void> {
    for (const [name, sql] of Object.entries(LEDGER_INVARIANTS)) expect(await this.db.as('system', null, sql), name).toEqual([]);
  }
}
