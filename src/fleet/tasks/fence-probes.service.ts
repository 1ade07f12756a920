import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Probes } from '../../platform/telemetry/index.js';
import * as repository from './attempts.system.repository.js';

/** The rules that must hold of tasks and their attempts at any time, as queries that find what breaks them. */
@Injectable()
export class FenceProbes implements OnModuleInit {
  constructor(
    private readonly probes: Probes,
    private readonly system: SystemTx,
  ) {}

  onModuleInit(): void {
    this.probes.invariant('I7: no write of a stale attempt was accepted', () => this.system.run('probe fence', repository.findFenceBreaks));
    this.probes.invariant('fleet: every open attempt is on its box', () => this.system.run('probe open attempts', repository.findStrayAttempts));
  }
}
