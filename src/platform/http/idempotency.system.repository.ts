import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';

@Injectable()
export class IdempotencySystemRepository {
  /** Deletes up to `limit` keys older than a day; tells how many. */
  async forgetOld(em: EntityManager, limit: number): Promise<number> {
    const gone = await rows(
      em,
      `DELETE FROM idempotency_key WHERE (tenant_id, actor, route, key) IN
         (SELECT tenant_id, actor, route, key FROM idempotency_key WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING key`,
      [limit],
    );
    return gone.length;
  }
}
