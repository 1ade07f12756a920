import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

@Injectable()
export class SalesSystemRepository {
  /** Grants of which more is owed than was taken, and into which something came back since. */
  async collectable(em: EntityManager, limit: number): Promise<{ tenantId: string; grantId: string }[]> {
    return rows(
      em,
      `SELECT tenant_id AS "tenantId", id AS "grantId" FROM credit_grant WHERE owed_milli > clawed_milli AND remaining_milli > 0 AND expired_at IS NULL LIMIT $1`,
      [limit],
    );
  }
}
