import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { AuditSystemRepository } from './audit.system.repository.js';
import { seal } from './chain.js';

const SEAL_EVERY_MS = 2000;
const TENANTS_PER_RUN = 200;
const ENTRIES_PER_TENANT = 500;

/** Puts new entries into their tenant's chain, seconds after they were written, so that no request waits for another's hash. */
@Injectable()
export class AuditSealer implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: AuditSystemRepository,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('audit-seal', SEAL_EVERY_MS, () => this.sealAll());
  }

  /** Seals what has been committed. One transaction per tenant; entries that commit later come later in the chain. */
  async sealAll(): Promise<void> {
    const tenants = await this.system.run('audit seal: find', (em) => this.repository.tenantsToSeal(em, TENANTS_PER_RUN));
    for (const tenantId of tenants) {
      await this.system.run('audit seal', async (em) => {
        const head = await this.repository.lockHead(em, tenantId);
        if (!head) return;
        const entries = await this.repository.unsealed(em, tenantId, ENTRIES_PER_TENANT);
        if (entries.length > 0) await this.repository.writeSeals(em, tenantId, seal(head, entries));
      });
    }
  }
}
