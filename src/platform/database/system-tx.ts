import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { DomainError } from '../errors/index.js';
import { SYSTEM_DATA_SOURCE } from './data-sources.js';
import { openTransaction } from './open-transaction.js';
import { runTransaction } from './transaction-runner.js';

/** The door for work across tenants: sweeps, leases, the relay, operators. Used by services over `*.system.repository.ts` only. */
@Injectable()
export class SystemTx {
  constructor(@Inject(SYSTEM_DATA_SOURCE) private readonly source: DataSource) {}

  /** `why` names the work in `pg_stat_activity`, so that a lock can be traced to its purpose. Joins an open system transaction. */
  async run<T>(why: string, fn: (em: EntityManager) => Promise<T>): Promise<T> {
    const open = openTransaction();
    if (open) {
      if (open.tenantId !== null)
        throw new DomainError({
          kind: 'unexpected',
          code: 'transaction_of_a_tenant',
          detail: 'A tenant transaction is open on this path. Finish it before system work.',
        });
      return fn(open.em);
    }
    return runTransaction(this.source, `BEGIN; SET LOCAL application_name = 'atelier ${why.replace(/[^a-zA-Z0-9 ._-]/g, '').slice(0, 48)}'`, null, (tx) =>
      fn(tx.em),
    );
  }
}
