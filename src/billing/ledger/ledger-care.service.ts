import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { BalanceNews } from '../plans/index.js';
import { LedgerRepository } from './ledger.repository.js';
import { LedgerSystemRepository } from './ledger.system.repository.js';

const SWEEP_MS = 5_000;
const TENANTS_PER_SWEEP = 200;

/** Ends periods and grants whose time is over, so that balances and breakage are right although nobody looks. Every hold and read does the same for its tenant. */
@Injectable()
export class LedgerCare implements OnModuleInit {
  private readonly log = log('billing/ledger');

  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly repository: LedgerRepository,
    private readonly systemRepository: LedgerSystemRepository,
    private readonly news: BalanceNews,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/ledger: periods and expiries', SWEEP_MS, () => this.renew());
  }

  async renew(): Promise<void> {
    const due = await this.system.run('billing: accounts due', (em) => this.systemRepository.due(em, TENANTS_PER_SWEEP));
    // One account that cannot be renewed must not keep the others waiting.
    for (const tenantId of due)
      await this.renewOne(tenantId).catch((error: unknown) => this.log.error({ err: error, tenantId }, 'an account could not be renewed; it is tried again'));
  }

  private renewOne(tenantId: string): Promise<void> {
    return this.tx.run({ tenantId }, async (em) => {
      await this.repository.ensureAccount(em, tenantId);
      await this.news.changed(em, tenantId);
    });
  }
}
