import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

@Injectable()
export class BillingAccountsRepository {
  async customerOf(em: EntityManager, tenantId: string): Promise<string | null> {
    const [row] = await rows<{ customer_id: string | null }>(em, 'SELECT customer_id FROM billing_account WHERE tenant_id = $1', [tenantId]);
    return row?.customer_id ?? null;
  }

  /** The customer that the tenant has from now on: the one it had, else this. */
  async keepCustomer(em: EntityManager, tenantId: string, customerId: string): Promise<string> {
    const [row] = await rows<{ customer_id: string }>(
      em,
      `INSERT INTO billing_account AS had (tenant_id, customer_id) VALUES ($1, $2)
       ON CONFLICT (tenant_id) DO UPDATE SET customer_id = coalesce(had.customer_id, EXCLUDED.customer_id) RETURNING customer_id`,
      [tenantId, customerId],
    );
    return row!.customer_id;
  }

  async trialUsed(em: EntityManager, tenantId: string): Promise<boolean> {
    return (await rows(em, 'SELECT FROM billing_account WHERE tenant_id = $1 AND trial_used_at IS NOT NULL', [tenantId])).length > 0;
  }

  async noteTrial(em: EntityManager, tenantId: string): Promise<void> {
    await rows(em, 'UPDATE billing_account SET trial_used_at = coalesce(trial_used_at, now()) WHERE tenant_id = $1', [tenantId]);
  }

  /** Null when another has it. */
  async lease(em: EntityManager, tenantId: string, lease: string, leaseMs: number): Promise<{ customer: string | null } | null> {
    const [got] = await rows<{ customer: string | null }>(
      em,
      `INSERT INTO billing_account AS had (tenant_id, lease, lease_until) VALUES ($1, $2, now() + make_interval(secs => $3))
       ON CONFLICT (tenant_id) DO UPDATE SET lease = EXCLUDED.lease, lease_until = EXCLUDED.lease_until WHERE had.lease IS NULL OR had.lease_until <= now()
       RETURNING customer_id AS customer`,
      [tenantId, lease, leaseMs / 1000],
    );
    return got ?? null;
  }

  /** Locks the row for the rest of the transaction; false when the lease went to another. */
  async confirm(em: EntityManager, tenantId: string, lease: string): Promise<boolean> {
    return (await rows(em, 'SELECT FROM billing_account WHERE tenant_id = $1 AND lease = $2 FOR UPDATE', [tenantId, lease])).length > 0;
  }

  async release(em: EntityManager, tenantId: string, lease: string): Promise<void> {
    await rows(em, 'UPDATE billing_account SET lease = NULL, lease_until = NULL WHERE tenant_id = $1 AND lease = $2', [tenantId, lease]);
  }
}
