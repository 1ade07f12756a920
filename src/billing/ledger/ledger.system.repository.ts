import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { LEDGER_INVARIANTS } from './invariants.js';

/** Reads and seals across tenants; moves no money. */
@Injectable()
export class LedgerSystemRepository {
  /** Tenants whose period or grants have ended, the longest overdue first. */
  async due(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(em, 'SELECT tenant_id FROM wallet WHERE due_at <= now() ORDER BY due_at LIMIT $1', [limit]);
    return found.map((row) => row.tenant_id);
  }

  /** Tenants whose balance is below its mark and not noted so, or noted so and not below. */
  async acrossMark(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(
      em,
      'SELECT tenant_id FROM balance_mark WHERE (balance_milli < below_milli) <> (low_since IS NOT NULL) LIMIT $1',
      [limit],
    );
    return found.map((row) => row.tenant_id);
  }

  /** Tenants with entries after their last seal. */
  async unsealed(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(
      em,
      `SELECT w.tenant_id FROM wallet w
       LEFT JOIN LATERAL (SELECT to_seq FROM ledger_seal s WHERE s.tenant_id = w.tenant_id ORDER BY from_seq DESC LIMIT 1) s ON true
       WHERE w.entry_seq > coalesce(s.to_seq, 0) LIMIT $1`,
      [limit],
    );
    return found.map((row) => row.tenant_id);
  }

  /** How many of the tenant's next entries were sealed, at most `limit`. */
  async seal(em: EntityManager, tenantId: string, limit: number): Promise<number> {
    const [row] = await rows<{ sealed: number }>(em, 'SELECT ledger_seal_entries($1, $2) AS sealed', [tenantId, limit]);
    return row!.sealed;
  }

  violations(em: EntityManager, name: string): Promise<object[]> {
    return rows(em, LEDGER_INVARIANTS[name]!);
  }
}
