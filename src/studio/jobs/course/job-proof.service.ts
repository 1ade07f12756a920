import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../../platform/database/index.js';
import { Probes } from '../../../platform/telemetry/index.js';
import { JOB_INVARIANTS } from '../invariants.js';

/** Has what must hold of jobs proven with everything else that must hold: hourly, and whenever it is asked. */
@Injectable()
export class JobProof implements OnModuleInit {
  constructor(
    private readonly probes: Probes,
    private readonly system: SystemTx,
  ) {}

  onModuleInit(): void {
    for (const { name, sql } of JOB_INVARIANTS) this.probes.invariant(name, () => this.system.run('prove jobs', sql));
  }
}
