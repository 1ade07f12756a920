import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { StripePointer } from './stripe-pointer.js';

export type TakenEvent = StripePointer & { attempts: number };

const POINTER = `id, type, about, object_id AS "objectId", customer_id AS "customerId", purchase_ref AS "purchaseRef", payment_intent AS "paymentIntent",
  happened_at AS "happenedAt", attempts`;

/** The inbox, and the ways from what the service names to a tenant of ours. */
@Injectable()
export class StripeEventsSystemRepository {
  /** How many were new. */
  async store(em: EntityManager, pointers: readonly StripePointer[]): Promise<number> {
    const stored = await rows(
      em,
      `INSERT INTO stripe_event (id, type, about, object_id, customer_id, purchase_ref, payment_intent, happened_at, state)
       SELECT e.id, e.type, e.about, e."objectId", e."customerId", e."purchaseRef", e."paymentIntent", e."happenedAt", CASE e.about WHEN 'nothing' THEN 'ignored' ELSE 'received' END
       FROM jsonb_to_recordset($1::jsonb) AS e(id text, type text, about text, "objectId" text, "customerId" text, "purchaseRef" text, "paymentIntent" text, "happenedAt" timestamptz)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [JSON.stringify(pointers)],
    );
    return stored.length;
  }

  /** Those that are due, for `claimMs`: a crash in between lets them come up again. */
  claim(em: EntityManager, limit: number, claimMs: number): Promise<TakenEvent[]> {
    return rows<TakenEvent>(
      em,
      `UPDATE stripe_event SET attempts = attempts + 1, due_at = now() + make_interval(secs => $2) WHERE id IN (
         SELECT id FROM stripe_event WHERE state IN ('received', 'failed') AND due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING ${POINTER}`,
      [limit, claimMs / 1000],
    );
  }

  async finish(em: EntityManager, ids: readonly string[], state: 'done' | 'ignored'): Promise<void> {
    await rows(em, 'UPDATE stripe_event SET state = $2, last_error = NULL WHERE id = ANY ($1)', [ids, state]);
  }

  async fail(em: EntityManager, id: string, error: string, retryMs: number | null): Promise<void> {
    await rows(
      em,
      `UPDATE stripe_event SET state = CASE WHEN $3::float8 IS NULL THEN 'dead' ELSE 'failed' END, last_error = $2, due_at = now() + make_interval(secs => coalesce($3::float8, 0)) WHERE id = $1`,
      [id, error.slice(0, 500), retryMs === null ? null : retryMs / 1000],
    );
  }

  async forget(em: EntityManager): Promise<void> {
    await rows(em, `DELETE FROM stripe_event WHERE received_at < now() - interval '60 days'`);
  }

  async tenantOfCustomer(em: EntityManager, customerId: string): Promise<string | null> {
    const [row] = await rows<{ tenant_id: string }>(em, 'SELECT tenant_id FROM billing_account WHERE customer_id = $1', [customerId]);
    return row?.tenant_id ?? null;
  }

  async purchaseOf(em: EntityManager, by: { id: string | null; paymentIntent: string | null }): Promise<{ tenantId: string; purchaseId: string } | null> {
    const [row] = await rows<{ tenantId: string; purchaseId: string }>(
      em,
      `SELECT tenant_id AS "tenantId", id AS "purchaseId" FROM credit_purchase WHERE CASE WHEN $1::uuid IS NULL THEN payment_intent = $2 ELSE id = $1 END LIMIT 1`,
      [by.id, by.paymentIntent],
    );
    return row ?? null;
  }

  /** Open purchases whose news is late. Each look doubles the time to the next. */
  lateOnes(em: EntityManager, limit: number): Promise<{ tenantId: string; purchaseId: string }[]> {
    return rows(
      em,
      `UPDATE credit_purchase SET look_at = now() + greatest(interval '2 minutes', now() - made_at) WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM credit_purchase WHERE source = 'checkout' AND state = 'open' AND look_at <= now() ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING tenant_id AS "tenantId", id AS "purchaseId"`,
      [limit],
    );
  }

  /** Tenants who still have the plan of a subscription whose grace, end or last paid month is over. */
  async over(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(
      em,
      `SELECT s.tenant_id FROM subscription s JOIN tenant_plan t USING (tenant_id)
       WHERE (s.grace_ends_at <= now() OR s.cancel_at <= now() OR s.paused AND s.period_ends_at <= now()) AND t.plan = s.plan AND t.set_by IS NULL LIMIT $1`,
      [limit],
    );
    return found.map((row) => row.tenant_id);
  }

  /** Subscriptions whose period is over without news of the next one; each is asked after again when five minutes brought none. */
  async unheard(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(
      em,
      `UPDATE subscription SET asked_at = now() WHERE tenant_id IN (
         SELECT tenant_id FROM subscription WHERE period_ends_at <= now() AND seen_at < period_ends_at + interval '5 minutes' AND asked_at < now() - interval '5 minutes'
         ORDER BY asked_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING tenant_id`,
      [limit],
    );
    return found.map((row) => row.tenant_id);
  }

  /** Whether it is a day since the last sweep ended, and nobody began one within the hour. */
  async beginSweep(em: EntityManager): Promise<boolean> {
    const begun = await rows(
      em,
      `UPDATE stripe_sweep SET begun_at = now() WHERE swept_at < now() - interval '1 day' AND begun_at < now() - interval '1 hour' RETURNING one`,
    );
    return begun.length > 0;
  }

  /** From where a sweep asks: at least some days back, further after a gap, never further than the service remembers. */
  async sweepFrom(em: EntityManager, daysMin: number, daysMax: number): Promise<Date> {
    const [row] = await rows<{ since: Date }>(
      em,
      `SELECT greatest(now() - make_interval(days => $2), least(now() - make_interval(days => $1), swept_at - interval '1 hour')) AS since FROM stripe_sweep`,
      [daysMin, daysMax],
    );
    return row!.since;
  }

  async swept(em: EntityManager, upTo: Date): Promise<void> {
    await rows(em, 'UPDATE stripe_sweep SET swept_at = greatest(swept_at, $1)', [upTo]);
  }

  /** One more try for what was given up. */
  async revive(em: EntityManager, attempts: number): Promise<void> {
    await rows(em, `UPDATE stripe_event SET state = 'received', attempts = $1, due_at = now() WHERE state = 'dead'`, [attempts]);
  }

  async dead(em: EntityManager): Promise<object[]> {
    return rows(em, `SELECT id, type, last_error FROM stripe_event WHERE state = 'dead'`);
  }
}
