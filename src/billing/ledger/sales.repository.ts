import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export interface Sale {
  grantId: string;
  amountMilli: bigint;
  reason: string;
  /** Makes it happen once. */
  key: string;
  by: string;
}

@Injectable()
export class SalesRepository {
  async sell(em: EntityManager, tenantId: string, sale: Sale): Promise<string> {
    const [row] = await rows<{ id: string }>(em, 'SELECT ledger_sell($1, $2, $3, $4, $5, $6) AS id', [
      tenantId,
      sale.grantId,
      sale.amountMilli,
      sale.reason,
      sale.key,
      sale.by,
    ]);
    return row!.id;
  }

  /** @returns what was taken now; below zero: given back now */
  async clawback(em: EntityManager, tenantId: string, grantId: string, owedMilli: bigint, reason: string): Promise<bigint> {
    const [row] = await rows<{ moved_milli: string }>(em, 'SELECT moved_milli FROM ledger_clawback($1, $2, $3, $4)', [tenantId, grantId, owedMilli, reason]);
    return BigInt(row!.moved_milli);
  }

  /** @returns as `clawback` */
  async refundMonth(em: EntityManager, tenantId: string, grantId: string, milli: bigint, reason: string): Promise<bigint> {
    const [row] = await rows<{ moved: string }>(em, 'SELECT ledger_refund_month($1, $2, $3, $4) AS moved', [tenantId, grantId, milli, reason]);
    return BigInt(row!.moved);
  }

  async owed(em: EntityManager, tenantId: string, grantId: string): Promise<bigint> {
    const [row] = await rows<{ owed_milli: string }>(em, 'SELECT owed_milli FROM credit_grant WHERE tenant_id = $1 AND id = $2', [tenantId, grantId]);
    return BigInt(row!.owed_milli);
  }
}
