import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Probes } from '../../platform/telemetry/index.js';
import { UsageProofSystemRepository } from './usage-proof.system.repository.js';

/** Publishes how many rows of usage cannot be computed again from what they store; the target is none. */
@Injectable()
export class UsageProof implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: UsageProofSystemRepository,
    private readonly probes: Probes,
  ) {}

  onModuleInit(): void {
    this.probes.invariant('usage.cost_follows_from_its_row', () => this.system.run('probe cost of usage', (em) => this.repository.findWrongCosts(em)));
    this.probes.invariant('usage.rate_is_that_of_its_card', () => this.system.run('probe rates of usage', (em) => this.repository.findWrongRates(em)));
  }
}
