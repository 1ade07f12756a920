import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { onCommit } from '../../platform/database/index.js';
import { Outbox, Wakeups } from '../../platform/outbox/index.js';

/** Tells those who show or watch a balance that it moved. */
@Injectable()
export class BalanceNews {
  constructor(
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  /** Event and wake-up, in the transaction that moved it. */
  async changed(em: EntityManager, tenantId: string): Promise<void> {
    await this.outbox.emit(em, tenantId, 'balance.changed', {});
    this.woken(tenantId);
  }

  /** It fell below its mark (credits as decimal strings). */
  async low(em: EntityManager, tenantId: string, balance: string, below: string): Promise<void> {
    await this.outbox.emit(em, tenantId, 'balance.low', { balance, below });
    this.woken(tenantId);
  }

  /** Wake-up only: where other news of the same transaction already says that credits were held. */
  woken(tenantId: string): void {
    onCommit(() => this.wakeups.wake('tenant', tenantId));
  }
}
