import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { BalanceNews } from '../plans/index.js';
import { SalesRepository, type Sale } from './sales.repository.js';
import { SalesSystemRepository } from './sales.system.repository.js';

const SWEEP_MS = 5_000;
const GRANTS_PER_SWEEP = 200;

/** Credits that are sold, and taken back when the money goes back. In the caller's tenant transaction, whose last steps they are. */
@Injectable()
export class Sales implements OnModuleInit {
  private readonly log = log('billing/ledger');

  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly repository: SalesRepository,
    private readonly systemRepository: SalesSystemRepository,
    private readonly news: BalanceNews,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/ledger: receivables', SWEEP_MS, () => this.collect());
  }

  /** Grants for twelve months, once per key. Returns the grant of that key, new or of then. */
  async sell(em: EntityManager, tenantId: string, sale: Sale): Promise<string> {
    const grantId = await this.repository.sell(em, tenantId, sale);
    if (grantId === sale.grantId) await this.news.changed(em, tenantId);
    return grantId;
  }

  /** `owedMilli` is the total that the buyer was paid back for: a higher one takes, a lower one gives back, the same changes nothing. */
  async clawback(em: EntityManager, tenantId: string, grantId: string, owedMilli: bigint, reason: string): Promise<void> {
    const movedMilli = await this.repository.clawback(em, tenantId, grantId, owedMilli, reason);
    if (movedMilli !== 0n) await this.news.changed(em, tenantId);
  }

  /** Of the credits of a paid month, those whose money went back: a total, like that of `clawback`. */
  async refundMonth(em: EntityManager, tenantId: string, grantId: string, milli: bigint, reason: string): Promise<void> {
    if ((await this.repository.refundMonth(em, tenantId, grantId, milli, reason)) !== 0n) await this.news.changed(em, tenantId);
  }

  /** What was held when it was to be taken, and came back since. */
  async collect(): Promise<void> {
    const found = await this.system.run('billing: receivables', (em) => this.systemRepository.collectable(em, GRANTS_PER_SWEEP));
    for (const { tenantId, grantId } of found)
      await this.collectOf(tenantId, grantId).catch((error: unknown) => this.log.warn({ err: error, tenantId, grantId }, 'a receivable was not collected'));
  }

  private collectOf(tenantId: string, grantId: string): Promise<void> {
    return this.tx.run({ tenantId }, async (em) =>
      this.clawback(em, tenantId, grantId, await this.repository.owed(em, tenantId, grantId), 'came back after a refund or dispute'),
    );
  }
}
