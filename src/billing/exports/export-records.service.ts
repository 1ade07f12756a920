import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import type { Export, Written } from './export.js';
import { ExportsRepository } from './exports.repository.js';
import { ExportsSystemRepository } from './exports.system.repository.js';
import { keyOf } from './storage-key.js';

/** The rows of files being written, each change in a short transaction of its own. */
@Injectable()
export class ExportRecords {
  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly repository: ExportsRepository,
    private readonly systemRepository: ExportsSystemRepository,
    private readonly outbox: Outbox,
  ) {}

  claim(leaseSeconds: number): Promise<Export | null> {
    return this.system.run('billing: take an export', (em) => this.systemRepository.claim(em, leaseSeconds));
  }

  inTenant<T>(found: { tenantId: string }, fn: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.tx.run({ tenantId: found.tenantId }, fn);
  }

  progress(found: Export, written: number, expected: number, leaseSeconds: number): Promise<boolean> {
    return this.inTenant(found, (em) => this.repository.progress(em, found, written, expected, leaseSeconds));
  }

  finish(found: Export, written: Written, keepDays: number): Promise<boolean> {
    return this.inTenant(found, async (em) => {
      const done = await this.repository.finish(em, found, written, keepDays);
      if (done) await this.outbox.emit(em, found.tenantId, 'export.ready', { exportId: found.id });
      return done;
    });
  }

  /** @returns whether the file of this try is nobody's: when the answer to a COMMIT was lost, the row may have it. */
  fail(found: Export, error: string, retrySeconds: number | null): Promise<boolean> {
    return this.inTenant(found, async (em) => {
      const failed = await this.repository.fail(em, found, error, retrySeconds);
      if (failed && retrySeconds === null) await this.outbox.emit(em, found.tenantId, 'export.failed', { exportId: found.id });
      return (await this.repository.find(em, found.id))?.storageKey !== keyOf(found);
    });
  }
}
