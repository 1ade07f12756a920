import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { DomainError } from '../errors/index.js';
import { APP_DATA_SOURCE } from './data-sources.js';
import { openTransaction } from './open-transaction.js';
import { runTransaction } from './transaction-runner.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The only door to tenant tables. */
@Injectable()
export class TenantTx {
  constructor(@Inject(APP_DATA_SOURCE) private readonly source: DataSource) {}

  /**
   * Runs `fn` in a transaction that sees and writes the rows of `ctx.tenantId` only. Joins the open transaction of the same tenant.
   * May run `fn` again after a deadlock, so `fn` has no effects outside the database (use `onCommit`).
   */
  async run<T>(ctx: { tenantId: string }, fn: (em: EntityManager) => Promise<T>): Promise<T> {
    if (!UUID.test(ctx.tenantId))
      throw new DomainError({ kind: 'unexpected', code: 'tenant_missing', detail: 'A tenant transaction needs the uuid of a tenant in its context.' });
    const open = openTransaction();
    if (open) {
      if (open.tenantId !== ctx.tenantId)
        throw new DomainError({
          kind: 'unexpected',
          code: 'transaction_of_another_tenant',
          detail: 'A transaction of another tenant, or of the system, is open on this path. Finish it first.',
        });
      return fn(open.em);
    }
    // The uuid was checked above; SET takes no parameters, and one message saves a round trip.
    return runTransaction(this.source, `BEGIN; SET LOCAL app.tenant_id = '${ctx.tenantId}'`, ctx.tenantId, (tx) => fn(tx.em));
  }
}
