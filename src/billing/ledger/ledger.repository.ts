import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { parseQuote, quoteJson, type QuoteJson } from '../pricing/index.js';
import { alreadyHeld, chargeExceedsHold } from './ledger.errors.js';
import type { Allocation, Balance, BudgetRefusal, Closing, Entry, Grant, Hold, HoldOutcome, NewGrant, NewHold, VideosLeft } from './hold.js';
import type { EntryKind, GrantKind, HoldState, LedgerAccount } from './posting.js';

interface GrantRow {
  id: string;
  kind: GrantKind;
  amount_milli: string;
  remaining_milli: string;
  expires_at: Date | null;
  reason: string;
  created_at: Date;
}
interface EntryRow {
  seq: string;
  kind: EntryKind;
  from_account: LedgerAccount;
  to_account: LedgerAccount;
  amount_milli: string;
  ref: string;
  reason: string | null;
  created_at: Date;
}
interface ClosingRow {
  closed: boolean;
  held_milli: string;
  charged_milli: string;
  returned_milli: string;
}
interface OutcomeRow {
  job_id: string;
  ok: boolean;
  available_milli: string;
  limit_source: 'wallet' | 'budget' | null;
  budget: BudgetRefusalJson | null;
}
type BudgetRefusalJson = Pick<BudgetRefusal, 'id' | 'name' | 'scope' | 'period'> & {
  zone: string;
  resetsAt: string;
  limitMilli: string;
  spentMilli: string;
  heldMilli: string;
};
interface HoldRow {
  id: string;
  job_id: string;
  state: HoldState;
  amount_milli: string;
  charged_milli: string;
  quote: QuoteJson;
  operation: string;
  model: string | null;
  team_id: string | null;
  user_id: string;
  key_id: string | null;
  reason: string | null;
  created_at: Date;
  closed_at: Date | null;
}

const GRANT = 'id, kind, amount_milli, remaining_milli, expires_at, reason, created_at';
const ENTRY = 'seq, kind, from_account, to_account, amount_milli, ref, reason, created_at';
const HOLD = 'id, job_id, state, amount_milli, charged_milli, quote, operation, model, team_id, user_id, key_id, reason, created_at, closed_at';

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code;

/** Every method that moves money is one call of one function of the database, which takes the tenant's wallet lock and holds it until commit. */
@Injectable()
export class LedgerRepository {
  async hold(em: EntityManager, tenantId: string, holds: readonly NewHold[]): Promise<HoldOutcome[]> {
    const asked = holds.map((h) => ({ jobId: h.jobId, holdId: h.holdId, amountMilli: String(h.amountMilli), quote: quoteJson(h.quote), ...h.dimensions }));
    const found = await rows<OutcomeRow>(em, 'SELECT job_id, ok, available_milli, limit_source, budget FROM ledger_hold($1, $2)', [
      tenantId,
      JSON.stringify(asked),
    ]).catch((error: unknown) => {
      throw codeOf(error) === '23505' ? alreadyHeld(error) : error;
    });
    return found.map((row) => ({
      jobId: row.job_id,
      ok: row.ok,
      availableMilli: BigInt(row.available_milli),
      ...(row.limit_source && { limitSource: row.limit_source }),
      ...(row.budget && { budget: toRefusal(row.budget) }),
    }));
  }

  async videosLeft(em: EntityManager, tenantId: string): Promise<VideosLeft> {
    const [row] = await rows<VideosLeft>(em, 'SELECT allowed, used, ends_at AS "endsAt" FROM ledger_videos_left($1)', [tenantId]);
    return row!;
  }

  async extend(em: EntityManager, tenantId: string, jobId: string, moreMilli: bigint): Promise<boolean> {
    const [row] = await rows<{ extended: boolean }>(em, 'SELECT ledger_extend($1, $2, $3) AS extended', [tenantId, jobId, moreMilli]);
    return row!.extended;
  }

  async settle(em: EntityManager, tenantId: string, jobId: string, chargeMilli: bigint, reason: string, ourFault: boolean): Promise<Closing | null> {
    const found = await rows<ClosingRow>(em, 'SELECT * FROM ledger_settle($1, $2, $3, $4, $5)', [tenantId, jobId, chargeMilli, reason, ourFault]).catch(
      (error: unknown) => {
        throw codeOf(error) === '23514' ? chargeExceedsHold(jobId, chargeMilli, error) : error;
      },
    );
    return toClosing(found[0]);
  }

  async void(em: EntityManager, tenantId: string, jobId: string, reason: string, ourFault: boolean): Promise<Closing | null> {
    return toClosing((await rows<ClosingRow>(em, 'SELECT * FROM ledger_void($1, $2, $3, $4)', [tenantId, jobId, reason, ourFault]))[0]);
  }

  async ensureAccount(em: EntityManager, tenantId: string): Promise<void> {
    await rows(em, 'SELECT ledger_ensure_account($1)', [tenantId]);
  }

  /** Null when `expiresAt` has passed by the database's clock. */
  async grant(em: EntityManager, tenantId: string, grant: NewGrant): Promise<Grant | null> {
    const [made] = await rows<{ id: string }>(
      em,
      `SELECT ledger_grant($1, $2, 'operator', $3, ends.at, $5, $6, $7) AS id
       FROM (SELECT coalesce($4::timestamptz, now() + interval '12 months') AS at) AS ends WHERE ends.at > now()`,
      [tenantId, grant.grantId, grant.amountMilli, grant.expiresAt, grant.reason, grant.key, grant.by],
    );
    if (!made) return null;
    const [row] = await rows<GrantRow>(em, `SELECT ${GRANT} FROM credit_grant WHERE tenant_id = $1 AND id = $2`, [tenantId, made.id]);
    return toGrant(row!);
  }

  async balance(em: EntityManager, tenantId: string): Promise<Balance> {
    const [wallet] = await rows<{ available_milli: string; held_milli: string; below_milli: string; low: boolean }>(
      em,
      `SELECT available_milli, held_milli, below_milli, balance_milli < below_milli AS low FROM wallet JOIN balance_mark USING (tenant_id) WHERE tenant_id = $1`,
      [tenantId],
    );
    const grants = await rows<GrantRow>(
      em,
      `SELECT ${GRANT} FROM credit_grant WHERE tenant_id = $1 AND expired_at IS NULL AND remaining_milli > 0 ORDER BY priority, expires_at NULLS LAST, id`,
      [tenantId],
    );
    return {
      availableMilli: BigInt(wallet!.available_milli),
      heldMilli: BigInt(wallet!.held_milli),
      lowBelowMilli: BigInt(wallet!.below_milli),
      low: wallet!.low,
      grants: grants.map(toGrant),
    };
  }

  /** Newest first, below `before` when given. */
  async entries(em: EntityManager, tenantId: string, limit: number, before: number | null): Promise<Entry[]> {
    const found = await rows<EntryRow>(
      em,
      `SELECT ${ENTRY} FROM ledger_entry WHERE tenant_id = $1 AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
      [tenantId, before, limit],
    );
    return found.map(toEntry);
  }

  async entriesOf(em: EntityManager, tenantId: string, jobId: string): Promise<Entry[]> {
    return (await rows<EntryRow>(em, `SELECT ${ENTRY} FROM ledger_entry WHERE tenant_id = $1 AND ref = $2 ORDER BY seq`, [tenantId, jobId])).map(toEntry);
  }

  async allocationsOf(em: EntityManager, tenantId: string, jobId: string): Promise<Allocation[]> {
    const found = await rows<{ grant_id: string; kind: GrantKind; amount_milli: string; charged_milli: string }>(
      em,
      `SELECT a.grant_id, g.kind, a.amount_milli, a.charged_milli FROM hold_allocation a JOIN credit_grant g ON g.tenant_id = a.tenant_id AND g.id = a.grant_id
       WHERE a.tenant_id = $1 AND a.job_id = $2 ORDER BY g.priority, g.expires_at NULLS LAST, g.id`,
      [tenantId, jobId],
    );
    return found.map((row) => ({ grantId: row.grant_id, kind: row.kind, amountMilli: BigInt(row.amount_milli), chargedMilli: BigInt(row.charged_milli) }));
  }

  /** Of the tenant whose transaction it is: row level security names it. */
  async holdsOf(em: EntityManager, jobIds: readonly string[]): Promise<Hold[]> {
    return (await rows<HoldRow>(em, `SELECT ${HOLD} FROM hold WHERE job_id = ANY ($1)`, [jobIds])).map(toHold);
  }
}

const toClosing = (row: ClosingRow | undefined): Closing | null =>
  row ? { settled: row.closed, heldMilli: BigInt(row.held_milli), chargedMilli: BigInt(row.charged_milli), returnedMilli: BigInt(row.returned_milli) } : null;

const toRefusal = ({ zone, resetsAt, limitMilli, spentMilli, heldMilli, ...budget }: BudgetRefusalJson): BudgetRefusal => ({
  ...budget,
  timeZone: zone,
  resetsAt: new Date(resetsAt),
  limitMilli: BigInt(limitMilli),
  spentMilli: BigInt(spentMilli),
  heldMilli: BigInt(heldMilli),
});

const toGrant = (row: GrantRow): Grant => ({
  id: row.id,
  kind: row.kind,
  amountMilli: BigInt(row.amount_milli),
  remainingMilli: BigInt(row.remaining_milli),
  expiresAt: row.expires_at,
  reason: row.reason,
  createdAt: row.created_at,
});

const toEntry = (row: EntryRow): Entry => ({
  seq: Number(row.seq),
  kind: row.kind,
  from: row.from_account,
  to: row.to_account,
  amountMilli: BigInt(row.amount_milli),
  ref: row.ref,
  reason: row.reason,
  createdAt: row.created_at,
});

const toHold = (row: HoldRow): Hold => ({
  id: row.id,
  jobId: row.job_id,
  state: row.state,
  amountMilli: BigInt(row.amount_milli),
  chargedMilli: BigInt(row.charged_milli),
  quote: parseQuote(row.quote),
  priceListVersion: row.quote.priceListVersion,
  dimensions: { operation: row.operation, model: row.model, teamId: row.team_id, userId: row.user_id, keyId: row.key_id },
  reason: row.reason,
  createdAt: row.created_at,
  closedAt: row.closed_at,
});
