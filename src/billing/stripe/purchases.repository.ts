import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Pack } from './packs.js';
import type { Purchase } from './purchase.js';

interface PurchaseRow {
  id: string;
  source: Purchase['source'];
  pack: string;
  credits_milli: string;
  price_micros: string;
  paid_micros: string;
  state: Purchase['state'];
  session_id: string | null;
  invoice_id: string | null;
  payment_intent: string | null;
  grant_id: string | null;
  owed_milli: string;
  receivable_milli: string;
  back_micros: string;
  failure: string | null;
  made_at: Date;
}

const COLUMNS = `id, source, pack, credits_milli, price_micros, coalesce(paid_micros, price_micros) AS paid_micros, state, session_id, invoice_id, payment_intent, grant_id, owed_milli,
  back_micros, failure, made_at,
  coalesce((SELECT grant_receivable(g) FROM credit_grant g WHERE g.tenant_id = credit_purchase.tenant_id AND g.id = credit_purchase.grant_id), 0) AS receivable_milli`;

const toPurchase = (row: PurchaseRow): Purchase => ({
  id: row.id,
  source: row.source,
  pack: row.pack,
  creditsMilli: BigInt(row.credits_milli),
  priceMicros: BigInt(row.price_micros),
  paidMicros: BigInt(row.paid_micros),
  state: row.state,
  sessionId: row.session_id,
  invoiceId: row.invoice_id,
  paymentIntent: row.payment_intent,
  grantId: row.grant_id,
  owedMilli: BigInt(row.owed_milli),
  receivableMilli: BigInt(row.receivable_milli),
  backMicros: BigInt(row.back_micros),
  failure: row.failure,
  madeAt: row.made_at,
});

@Injectable()
export class PurchasesRepository {
  async insert(em: EntityManager, tenantId: string, made: { id: string; source: Purchase['source']; pack: Pack; by: string }): Promise<Purchase> {
    const [row] = await rows<PurchaseRow>(
      em,
      `INSERT INTO credit_purchase (tenant_id, id, source, pack, credits_milli, price_micros, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
      [tenantId, made.id, made.source, made.pack.id, made.pack.creditsMilli, made.pack.priceMicros, made.by],
    );
    return toPurchase(row!);
  }

  async find(em: EntityManager, tenantId: string, id: string, lock = false): Promise<Purchase | null> {
    const sql = `SELECT ${COLUMNS} FROM credit_purchase WHERE tenant_id = $1 AND id = $2${lock ? ' FOR UPDATE' : ''}`;
    const [row] = await rows<PurchaseRow>(em, sql, [tenantId, id]);
    return row ? toPurchase(row) : null;
  }

  /** Newest first, below `before` when given. */
  async list(em: EntityManager, tenantId: string, limit: number, before: string | null): Promise<Purchase[]> {
    const found = await rows<PurchaseRow>(
      em,
      `SELECT ${COLUMNS} FROM credit_purchase WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [tenantId, before, limit],
    );
    return found.map(toPurchase);
  }

  /** What is once known of the session and the invoice stays. */
  async note(
    em: EntityManager,
    tenantId: string,
    id: string,
    seen: { sessionId?: string | null; invoiceId?: string | null; paymentIntent?: string | null },
  ): Promise<void> {
    await rows(
      em,
      `UPDATE credit_purchase SET session_id = coalesce(session_id, $3), payment_intent = coalesce($4, payment_intent), invoice_id = coalesce(invoice_id, $5)
       WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, seen.sessionId ?? null, seen.paymentIntent ?? null, seen.invoiceId ?? null],
    );
  }

  async change(
    em: EntityManager,
    tenantId: string,
    purchase: Pick<Purchase, 'id' | 'state' | 'paidMicros' | 'grantId' | 'owedMilli' | 'backMicros' | 'failure'>,
  ): Promise<void> {
    const { id, state, paidMicros, grantId, owedMilli, backMicros, failure } = purchase;
    await rows(
      em,
      `UPDATE credit_purchase SET state = $3, grant_id = $4, owed_milli = $5, back_micros = $6, failure = $7, paid_micros = CASE $3 WHEN 'paid' THEN $8::bigint END
       WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, state, grantId, owedMilli, backMicros, failure, paidMicros],
    );
  }
}
