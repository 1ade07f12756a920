import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Charge } from './charge.js';

@Injectable()
export class ChargesRepository {
  /** False when a charge of that key is there already. */
  async insert(em: EntityManager, tenantId: string, charge: Charge, key: string, by: string | null): Promise<boolean> {
    const made = await rows(
      em,
      `INSERT INTO charge (tenant_id, id, category, amount_micros, list_micros, credits_milli, grant_id, description, invoice_id, period_start, period_end, recurring, correction, idem_key, created_by, refund_of)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (tenant_id, idem_key) DO NOTHING RETURNING id`,
      [
        ...[tenantId, charge.id, charge.category, charge.amountMicros, charge.listMicros, charge.creditsMilli, charge.grantId, charge.description],
        ...[charge.invoiceId, charge.periodStart, charge.periodEnd, charge.recurring, charge.correction, key, by, charge.refundOf ?? null],
      ],
    );
    return made.length > 0;
  }

  async findId(em: EntityManager, key: string): Promise<string | null> {
    const [row] = await rows<{ id: string }>(em, 'SELECT id FROM charge WHERE idem_key = $1', [key]);
    return row?.id ?? null;
  }

  /** The credits of a grant; null when the tenant has none of that id. */
  async grantMilli(em: EntityManager, grantId: string): Promise<bigint | null> {
    const [row] = await rows<{ amount: string }>(
      em,
      'SELECT amount_milli AS amount FROM credit_grant g WHERE id = $1 AND NOT EXISTS (SELECT FROM charge c WHERE c.tenant_id = g.tenant_id AND c.grant_id = g.id)',
      [grantId],
    );
    return row ? BigInt(row.amount) : null;
  }
}
