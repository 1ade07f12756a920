import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { PRICES } from './top-ups.repository.js';

/** Finds across tenants where a top-up is to begin or to be finished. */
@Injectable()
export class TopUpsSystemRepository {
  async due(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(em, 'SELECT tenant_id FROM top_up_due WHERE left_micros >= ($2::jsonb->>pack)::bigint LIMIT $1', [
      limit,
      PRICES,
    ]);
    return found.map((row) => row.tenant_id);
  }

  /** Begun and not ended for a while: whoever was at it is gone, or the service did not answer. Each try doubles the time to the next. */
  unfinished(em: EntityManager, limit: number): Promise<{ tenantId: string; purchaseId: string }[]> {
    return rows(
      em,
      `UPDATE credit_purchase SET look_at = now() + greatest(interval '1 minute', now() - made_at) WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM credit_purchase WHERE source = 'top_up' AND state = 'open' AND look_at <= now() ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING tenant_id AS "tenantId", id AS "purchaseId"`,
      [limit],
    );
  }
}
