import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { Storage } from '../../platform/storage/index.js';
import { Probes } from '../../platform/telemetry/index.js';
import { ExportSchedules } from './export-schedules.service.js';
import { ExportsRepository } from './exports.repository.js';
import { ExportsSystemRepository } from './exports.system.repository.js';
import { prefixOf } from './storage-key.js';

const SWEEP_MS = 5_000;
const BATCH = 100;
/** What ended in a period is written down by then. */
const SETTLE_MINUTES = 5;

/** Orders what schedules ask for and removes files whose time is over. */
@Injectable()
export class ExportUpkeep implements OnModuleInit {
  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly repository: ExportsRepository,
    private readonly systemRepository: ExportsSystemRepository,
    private readonly schedules: ExportSchedules,
    private readonly storage: Storage,
    private readonly sweeper: Sweeper,
    private readonly probes: Probes,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/exports: schedules and expiries', SWEEP_MS, async () => {
      await this.order();
      await this.expire();
    });
    this.probes.invariant('exports.periods_have_their_file', () =>
      this.system.run('billing: periods without a file', (em) => this.systemRepository.missing(em)),
    );
  }

  private async order(): Promise<void> {
    const due = await this.system.run('billing: due export schedules', (em) => this.systemRepository.dueSchedules(em, SETTLE_MINUTES, BATCH));
    for (const { tenantId, id } of due) await this.schedules.due(tenantId, id);
  }

  private async expire(): Promise<void> {
    const overdue = await this.system.run('billing: overdue exports', (em) => this.systemRepository.overdue(em, BATCH));
    for (const found of overdue) {
      // First the bytes: a crash in between leaves a row that is looked at again.
      const keys: string[] = [];
      for await (const { key } of this.storage.list(prefixOf(found))) keys.push(key);
      await this.storage.delete(keys);
      await this.tx.run({ tenantId: found.tenantId }, (em) => this.repository.expire(em, found.id));
    }
  }
}
