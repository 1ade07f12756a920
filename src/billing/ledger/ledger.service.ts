import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { BalanceNews, formatCredits, parseCredits } from '../plans/index.js';
import type { Balance, Closing, Entry, Explanation, Grant, Hold, HoldOutcome, NewHold, VideosLeft } from './hold.js';
import type { CreditsChangeBody, CreditsResponse, GrantBody, GrantResponse, LedgerEntryResponse, LedgerPage } from './ledger.dto.js';
import { expiryInThePast, holdMissing, nothingGranted } from './ledger.errors.js';
import { LedgerRepository } from './ledger.repository.js';
import { LowBalanceRepository } from './low-balance.repository.js';
import { isAboutGrant } from './posting.js';

interface CloseOptions {
  /** Credits that return to an expired grant stay spendable for 24 hours instead of lapsing. */
  ourFault?: boolean;
}

/**
 * The only door to money. Methods that take `em` run in the caller's tenant transaction and lock the tenant's wallet until it commits:
 * call them last.
 */
@Injectable()
export class Ledger {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: LedgerRepository,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly news: BalanceNews,
    private readonly lowBalance: LowBalanceRepository,
  ) {}

  /** Holds for new jobs, in this order, each whole or not at all; one database call for all. A refused one leaves the others standing. */
  async holdMany(em: EntityManager, tenantId: string, holds: readonly NewHold[]): Promise<HoldOutcome[]> {
    const outcomes = await this.repository.hold(em, tenantId, holds);
    if (outcomes.some((outcome) => outcome.ok)) this.news.woken(tenantId);
    return outcomes;
  }

  /** What the plan allows of videos in the present period, and how many were held or charged. Locks the wallet: holds follow in the same transaction. */
  videosLeft(em: EntityManager, tenantId: string): Promise<VideosLeft> {
    return this.repository.videosLeft(em, tenantId);
  }

  /** More for a running job, whole or not at all; false when it does not fit or the job's hold is closed. */
  async extend(em: EntityManager, tenantId: string, jobId: string, moreMilli: bigint): Promise<boolean> {
    const extended = await this.repository.extend(em, tenantId, jobId, moreMilli);
    if (extended) this.news.woken(tenantId);
    return extended;
  }

  /** Charges `chargeMilli`, from 0 to what is held, and returns the rest. @throws `charge_exceeds_hold`, `hold_missing`: mistakes of the caller. */
  async settle(em: EntityManager, tenantId: string, jobId: string, chargeMilli: bigint, reason: string, options: CloseOptions = {}): Promise<Closing> {
    return this.closed(em, tenantId, jobId, await this.repository.settle(em, tenantId, jobId, chargeMilli, reason, options.ourFault ?? false));
  }

  /** Charges nothing and returns all. @throws `hold_missing`. */
  async void(em: EntityManager, tenantId: string, jobId: string, reason: string, options: CloseOptions = {}): Promise<Closing> {
    return this.closed(em, tenantId, jobId, await this.repository.void(em, tenantId, jobId, reason, options.ourFault ?? false));
  }

  /** Gives credits; `key` makes it happen once. @throws 404 for an unknown tenant, 422. */
  async grant(ctx: Ctx, tenantId: string, amountMilli: bigint, reason: string, expiresAt?: Date, key: string = newId()): Promise<Grant> {
    if (amountMilli <= 0n) throw nothingGranted();
    await this.tenants.get({ tenantId });
    return this.tx.run({ tenantId }, async (em) => {
      const grantId = newId();
      const granted = await this.repository.grant(em, tenantId, {
        grantId,
        amountMilli,
        reason,
        expiresAt: expiresAt ?? null,
        key: `${actorId(ctx)}/${key}`,
        by: actorId(ctx),
      });
      if (!granted) throw expiryInThePast();
      if (granted.id !== grantId) return granted;
      await this.audit.record(em, { ...ctx, tenantId }, { action: 'credits.granted', target: typeId('grt', grantId), after: toGrantResponse(granted) });
      await this.news.changed(em, tenantId);
      return granted;
    });
  }

  async grantFromOperator(ctx: Ctx, tenantId: string, body: GrantBody, key?: string): Promise<GrantResponse> {
    return toGrantResponse(
      await this.grant(ctx, tenantId, parseCredits(body.credits), body.reason, body.expiresAt === undefined ? undefined : new Date(body.expiresAt), key),
    );
  }

  /** Makes wallet and period grant when they are missing, so that a new tenant never meets an empty wallet. */
  balance(ctx: { tenantId: string }): Promise<Balance> {
    return this.tx.run(ctx, async (em) => {
      await this.repository.ensureAccount(em, ctx.tenantId);
      return this.repository.balance(em, ctx.tenantId);
    });
  }

  async credits(ctx: Ctx): Promise<CreditsResponse> {
    const { availableMilli, heldMilli, lowBelowMilli, low, grants } = await this.balance(ctx);
    return {
      available: formatCredits(availableMilli),
      held: formatCredits(heldMilli),
      lowBelow: formatCredits(lowBelowMilli),
      low,
      grants: grants.map(toGrantResponse),
    };
  }

  /** Sets the mark below which the balance is called low. */
  async setLowMark(ctx: Ctx, { lowBelow }: CreditsChangeBody): Promise<CreditsResponse> {
    await this.tx.run(ctx, async (em) => {
      await this.repository.ensureAccount(em, ctx.tenantId);
      await this.audit.record(em, ctx, { action: 'credits.mark_set', target: typeId('tnt', ctx.tenantId), after: { lowBelow } });
      await this.lowBalance.setMark(em, ctx.tenantId, lowBelow === null ? null : parseCredits(lowBelow));
    });
    return this.credits(ctx);
  }

  async list(ctx: Ctx, { limit, cursor }: PageQuery): Promise<LedgerPage> {
    const before = cursor === undefined ? null : Number(decodeCursor(cursor).id);
    const entries = await this.tx.run(ctx, (em) => this.repository.entries(em, ctx.tenantId, limit + 1, Number.isSafeInteger(before) ? before : null));
    const found = page(entries, limit, (last) => encodeCursor(last.createdAt.toISOString(), String(last.seq)));
    return { ...found, data: found.data.map(toEntryResponse) };
  }

  /** The hold of a job of the tenant; null when there is none. */
  async holdOf(at: EntityManager | { tenantId: string }, jobId: string): Promise<Hold | null> {
    return (await this.holdsOf(at, [jobId])).get(jobId) ?? null;
  }

  /** By job, in one query; jobs without a hold are not in it. In the caller's tenant transaction or in one of its own. */
  async holdsOf(at: EntityManager | { tenantId: string }, jobIds: readonly string[]): Promise<Map<string, Hold>> {
    const holds = 'tenantId' in at ? await this.tx.run(at, (em) => this.repository.holdsOf(em, jobIds)) : await this.repository.holdsOf(at, jobIds);
    return new Map(holds.map((hold) => [hold.jobId, hold]));
  }

  /** Quote, hold, entries and grants behind a job's charge. @throws 404. */
  explain(ctx: { tenantId: string }, jobId: string): Promise<Explanation> {
    return this.tx.run(ctx, async (em) => {
      const [hold] = await this.repository.holdsOf(em, [jobId]);
      if (!hold) throw notFound('job');
      return {
        quote: hold.quote,
        hold,
        entries: await this.repository.entriesOf(em, ctx.tenantId, jobId),
        allocations: await this.repository.allocationsOf(em, ctx.tenantId, jobId),
      };
    });
  }

  private async closed(em: EntityManager, tenantId: string, jobId: string, closing: Closing | null): Promise<Closing> {
    if (!closing) throw holdMissing(jobId);
    if (closing.settled) await this.news.changed(em, tenantId);
    return closing;
  }
}

function toGrantResponse(grant: Grant): GrantResponse {
  return {
    id: typeId('grt', grant.id),
    kind: grant.kind,
    amount: formatCredits(grant.amountMilli),
    remaining: formatCredits(grant.remainingMilli),
    expiresAt: grant.expiresAt?.toISOString() ?? null,
    reason: grant.reason,
    createdAt: grant.createdAt.toISOString(),
  };
}

function toEntryResponse(entry: Entry): LedgerEntryResponse {
  const ofGrant = isAboutGrant(entry.kind);
  return {
    seq: entry.seq,
    kind: entry.kind,
    from: entry.from,
    to: entry.to,
    amount: formatCredits(entry.amountMilli),
    jobId: ofGrant ? null : typeId('job', entry.ref),
    grantId: ofGrant ? typeId('grt', entry.ref) : null,
    reason: entry.reason,
    createdAt: entry.createdAt.toISOString(),
  };
}
