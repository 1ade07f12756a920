import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Members } from '../../accounts/members/index.js';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { LedgerSystemRepository } from './ledger.system.repository.js';
import { LowBalanceNews } from './low-balance-news.service.js';

const SWEEP_MS = 3_000;
const TENANTS_PER_SWEEP = 200;
/** Those who can do something about it. */
const ADDRESSEES = ['owner', 'admin', 'billing'] as const;

/** Looks which balances fell below their mark, or rose above it again. */
@Injectable()
export class LowBalance implements OnModuleInit {
  private readonly log = log('billing/ledger');

  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly systemRepository: LedgerSystemRepository,
    private readonly members: Members,
    private readonly news: LowBalanceNews,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/ledger: low balances', SWEEP_MS, () => this.look());
  }

  async look(): Promise<void> {
    const crossed = await this.system.run('billing: balances across their mark', (em) => this.systemRepository.acrossMark(em, TENANTS_PER_SWEEP));
    for (const tenantId of crossed)
      await this.tellOf(tenantId).catch((error: unknown) => this.log.error({ err: error, tenantId }, 'a low balance could not be told; it is tried again'));
  }

  private async tellOf(tenantId: string): Promise<void> {
    const addressees = await this.members.withRoles({ tenantId }, ADDRESSEES);
    await this.tx.run({ tenantId }, (em) => this.news.tell(em, tenantId, addressees));
  }
}
