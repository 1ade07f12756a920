import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Crossing } from './hold.js';

/** The mark below which a balance is called low, and whether that was told. */
@Injectable()
export class LowBalanceRepository {
  /** Notes a crossing; null when there is none to note, or another noted it. Locks the wallet. */
  async cross(em: EntityManager, tenantId: string): Promise<Crossing | null> {
    const [row] = await rows<{ low: boolean; balance_milli: string; below_milli: string }>(em, 'SELECT * FROM ledger_cross_mark($1)', [tenantId]);
    return row ? { low: row.low, balanceMilli: BigInt(row.balance_milli), belowMilli: BigInt(row.below_milli) } : null;
  }

  /** null: what the plan suggests; 0: never low. */
  async setMark(em: EntityManager, tenantId: string, belowMilli: bigint | null): Promise<void> {
    await rows(em, 'UPDATE wallet SET low_below_milli = $2 WHERE tenant_id = $1', [tenantId, belowMilli]);
  }
}
