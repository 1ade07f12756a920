import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { UsageSlotsSystemRepository } from './usage-slots.system.repository.js';

const SWEEP_MS = 10_000;
/** Notes per transaction: short enough to be no burden to anybody, long enough to seldom look past those that are gone. */
const BATCH = 50_000;

/** Moves what has ended into sums by the quarter of an hour. Reports add what still waits, so this only makes them fast. */
@Injectable()
export class UsageSlots implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: UsageSlotsSystemRepository,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/usage: sums', SWEEP_MS, () => this.fold());
  }

  async fold(): Promise<void> {
    for (;;) {
      const moved = await this.system.run('billing: sum up usage', (em) => this.repository.fold(em, BATCH));
      if (moved < BATCH) return;
    }
  }
}
