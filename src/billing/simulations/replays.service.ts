import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import type { PriceList } from '../pricing/index.js';
import { advance, finish } from './replay.js';
import type { Simulation } from './simulation.js';
import { SimulationsSystemRepository } from './simulations.system.repository.js';

const SWEEP_MS = 1_000;
/** Jobs in memory at once. */
const PAGE_SIZE = 1_000;

/** Counts simulations page by page, each in a transaction of its own: after a crash another process goes on where the last page ended. */
@Injectable()
export class Replays implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: SimulationsSystemRepository,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/simulations: replay', SWEEP_MS, () => this.run());
  }

  private async run(): Promise<void> {
    while (await this.countPage());
  }

  /** False when there is nothing to count. */
  private countPage(): Promise<boolean> {
    return this.system.run('billing: replay prices', async (em) => {
      const simulation = await this.repository.take(em);
      if (!simulation) return false;
      const jobs = await this.repository.endedJobs(em, simulation, PAGE_SIZE);
      const replay = advance(simulation.replay, draftOf(simulation), jobs);
      const finished = jobs.length < PAGE_SIZE;
      await this.repository.save(em, simulation.id, finished ? finish(replay) : replay, finished);
      return true;
    });
  }
}

/** A list without a number: no charge ever refers to it. */
const draftOf = ({ draft, note, createdAt }: Simulation): PriceList => ({ version: 0, effectiveFrom: createdAt, note, prices: draft });
