import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { StripeClient } from './stripe-client.service.js';
import { TopUpRuns } from './top-up-runs.service.js';
import { TopUpsSystemRepository } from './top-ups.system.repository.js';

const SWEEP_MS = 5_000;
const PER_SWEEP = 50;

/** Finds whose balance is low, and whose top-up stands still. */
@Injectable()
export class TopUpSweep implements OnModuleInit {
  private readonly log = log('billing/stripe');

  constructor(
    private readonly system: SystemTx,
    private readonly repository: TopUpsSystemRepository,
    private readonly runs: TopUpRuns,
    private readonly client: StripeClient,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    if (this.client.on) this.sweeper.every('billing/stripe: top-ups', SWEEP_MS, () => this.work());
  }

  async work(): Promise<void> {
    const unfinished = await this.system.run('billing: unfinished top-ups', (em) => this.repository.unfinished(em, PER_SWEEP));
    for (const { tenantId, purchaseId } of unfinished) await this.safely(tenantId, () => this.runs.goOn(tenantId, purchaseId));
    const due = await this.system.run('billing: balances to top up', (em) => this.repository.due(em, PER_SWEEP));
    for (const tenantId of due) await this.safely(tenantId, () => this.runs.begin(tenantId));
  }

  private async safely(tenantId: string, run: () => Promise<void>): Promise<void> {
    await run().catch((error: unknown) => this.log.warn({ err: error, tenantId }, 'a top-up did not get on; it is tried again'));
  }
}
