import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Prices } from './price-list.js';

/** Prices are the same for all tenants: only system work writes them. */
@Injectable()
export class PricingSystemRepository {
  /** Numbers are given one by one under the table's lock. Returns null when `effectiveFrom` has passed by the database's clock. */
  async insert(
    em: EntityManager,
    list: { prices: Prices; note: string; effectiveFrom: Date | null; by: string },
  ): Promise<{ version: number; effectiveFrom: Date } | null> {
    await rows(em, 'LOCK TABLE price_list IN SHARE ROW EXCLUSIVE MODE');
    const [row] = await rows<{ version: number; effective_from: Date }>(
      em,
      `INSERT INTO price_list (version, prices, note, effective_from, created_by)
       SELECT (SELECT max(version) + 1 FROM price_list), $1, $2, coalesce($3::timestamptz, now()), $4
       WHERE $3::timestamptz IS NULL OR $3::timestamptz >= now() RETURNING version, effective_from`,
      [JSON.stringify(list.prices), list.note, list.effectiveFrom, list.by],
    );
    return row ? { version: row.version, effectiveFrom: row.effective_from } : null;
  }
}
