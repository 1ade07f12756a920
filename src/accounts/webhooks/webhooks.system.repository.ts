import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { TakenDelivery } from './webhook.js';

interface Share {
  limit: number;
  perEndpoint: number;
  perTenant: number;
  /** Endpoints that have as many in flight as they may. */
  busy: readonly string[];
  /** By tenant. */
  inFlight: ReadonlyMap<string, number>;
  leaseSeconds: number;
}

/** Deliveries of all tenants, for those who send and clear away. */
@Injectable()
export class WebhooksSystemRepository {
  /**
   * Takes up to `limit` due deliveries for one attempt each, tenants in turn: at most `perEndpoint` of one endpoint, none of those in `busy`, and of
   * one tenant at most `perTenant` with what it has in flight. Whoever answers slowly delays only itself. A process that dies with them loses
   * `leaseSeconds`, and the receiver may get one twice.
   */
  take(em: EntityManager, o: Share): Promise<TakenDelivery[]> {
    return rows(
      em,
      `WITH due AS (
         SELECT id FROM (
           SELECT d.id, d.next_attempt_at, e.tenant_id, row_number() OVER (PARTITION BY e.tenant_id ORDER BY d.next_attempt_at, d.id) AS turn
           FROM webhook_endpoint e CROSS JOIN LATERAL (
           SELECT id, next_attempt_at FROM webhook_delivery
            WHERE endpoint_id = e.id AND status = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED) d
          WHERE e.enabled AND e.id <> ALL($3::uuid[])) AS asked
         LEFT JOIN unnest($5::uuid[], $6::int[]) AS out(tenant_id, count) USING (tenant_id)
         WHERE turn <= $7 - coalesce(out.count, 0) ORDER BY turn, next_attempt_at LIMIT $1)
       UPDATE webhook_delivery d SET attempts = d.attempts + 1, leased_until = now() + make_interval(secs => $4)
         FROM due, webhook_endpoint e, webhook_message m
        WHERE d.id = due.id AND e.tenant_id = d.tenant_id AND e.id = d.endpoint_id AND m.tenant_id = d.tenant_id AND m.id = d.message_id
       RETURNING d.tenant_id AS "tenantId", d.id AS "deliveryId", e.id AS "endpointId", e.url, e.secret_sealed AS "secretSealed",
         CASE WHEN e.previous_until > now() THEN e.previous_sealed END AS "previousSealed", m.id AS "messageId", m.body,
         d.attempts AS attempt, d.attempts - d.earlier_attempts AS round`,
      [o.limit, o.perEndpoint, o.busy, o.leaseSeconds, [...o.inFlight.keys()], [...o.inFlight.values()], o.perTenant],
    );
  }

  /** Deliveries and attempts go with their message. */
  async forgetOlderThan(em: EntityManager, days: number): Promise<void> {
    await rows(em, 'DELETE FROM webhook_message WHERE created_at < now() - make_interval(days => $1)', [days]);
  }
}
