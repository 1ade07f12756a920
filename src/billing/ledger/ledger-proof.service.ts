import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log, Probes } from '../../platform/telemetry/index.js';
import { LEDGER_INVARIANTS } from './invariants.js';
import { LedgerSystemRepository } from './ledger.system.repository.js';

const SWEEP_MS = 5_000;
const TENANTS_PER_SWEEP = 200;
/** Entries under one hash. */
const SEAL_SIZE = 5_000;

/** Makes the books provable: seals new entries into each tenant's hash chain, and publishes the invariants, whose target is no row. */
@Injectable()
export class LedgerProof implements OnModuleInit {
  private readonly log = log('billing/ledger');

  constructor(
    private readonly system: SystemTx,
    private readonly repository: LedgerSystemRepository,
    private readonly sweeper: Sweeper,
    private readonly probes: Probes,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/ledger: seal', SWEEP_MS, () => this.seal());
    for (const name of Object.keys(LEDGER_INVARIANTS)) this.probes.invariant(name, () => this.violations(name));
  }

  /** Tenant by tenant, each seal in a transaction of its own; two sealers at once do no harm. */
  async seal(): Promise<void> {
    const tenants = await this.system.run('billing: unsealed ledgers', (em) => this.repository.unsealed(em, TENANTS_PER_SWEEP));
    for (const tenantId of tenants)
      await this.sealOne(tenantId).catch((error: unknown) => this.log.error({ err: error, tenantId }, 'a ledger could not be sealed; it is tried again'));
  }

  private async sealOne(tenantId: string): Promise<void> {
    while ((await this.system.run('billing: seal', (em) => this.repository.seal(em, tenantId, SEAL_SIZE))) === SEAL_SIZE);
  }

  /** Rows that break the rule of this name in `LEDGER_INVARIANTS`. */
  violations(name: string): Promise<object[]> {
    return this.system.run(`billing: ${name}`, (em) => this.repository.violations(em, name));
  }
}
