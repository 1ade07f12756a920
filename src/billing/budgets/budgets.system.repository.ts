import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

/** Finds across tenants where there is something to tell; writes nothing. */
@Injectable()
export class BudgetsSystemRepository {
  async tenantsToAlert(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ tenant_id: string }>(em, 'SELECT DISTINCT tenant_id FROM budget_alerts_due LIMIT $1', [limit]);
    return found.map((row) => row.tenant_id);
  }
}
