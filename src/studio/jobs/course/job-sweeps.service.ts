import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigOf } from '../../../platform/config/index.js';
import { SystemTx } from '../../../platform/database/index.js';
import { EventConsumers, Sweeper } from '../../../platform/outbox/index.js';
import { log } from '../../../platform/telemetry/index.js';
import { OutputClaims } from '../../assets/index.js';
import { findLeftBehind, findNeverBegun, forgetKeys, liveOutputKeys, purgeProgress, type JobRef } from '../jobs.system.repository.js';
import { jobsConfig } from '../settings.js';
import { Advance } from './advance.service.js';

/** Reading the whole backlog takes a tenth of a second per 25,000 jobs, so it is done seldom; it finds only what two lost pieces of news left. */
const WHOLE_BACKLOG_MS = 60_000;
const PURGE_MS = 60_000;
const FORGET_MS = 3_600_000;
const PER_SWEEP = 500;

/** What moves jobs without being asked: news of their tasks, and the sweeps that make up for lost news. */
@Injectable()
export class JobSweeps implements OnModuleInit {
  private readonly log = log('studio/jobs');

  constructor(
    private readonly advance: Advance,
    private readonly consumers: EventConsumers,
    private readonly sweeper: Sweeper,
    private readonly system: SystemTx,
    private readonly claims: OutputClaims,
    @Inject(jobsConfig.token) private readonly config: ConfigOf<typeof jobsConfig>,
  ) {}

  onModuleInit(): void {
    for (const topic of ['task.started', 'task.returned', 'task.finished'] as const) {
      this.consumers.on(topic, 'studio/jobs:advance', ({ tenantId, payload }) => this.advance.advance(tenantId, payload.jobId));
    }
    this.sweeper.every('jobs left behind by their tasks', this.config.sweepMs, () => this.advanceLeftBehind());
    this.sweeper.every('jobs that never began', Math.max(WHOLE_BACKLOG_MS, this.config.sweepMs), () => this.advanceNeverBegun());
    this.sweeper.every('progress of jobs that ended an hour ago', PURGE_MS, () => this.purge());
    this.sweeper.every('idempotency keys of jobs', FORGET_MS, () => this.whole((em) => forgetKeys(em, PER_SWEEP), 'forget keys'));
    this.claims.register((tenantId, keys) => this.system.run('outputs of live jobs', (em) => liveOutputKeys(em, tenantId, keys)));
  }

  async advanceLeftBehind(): Promise<void> {
    await this.advanceAll(await this.system.run('jobs left behind', (em) => findLeftBehind(em, PER_SWEEP)));
  }

  async advanceNeverBegun(): Promise<void> {
    await this.advanceAll(await this.system.run('jobs that never began', (em) => findNeverBegun(em, PER_SWEEP)));
  }

  /** One that cannot be carried on must not hold up the others. */
  private async advanceAll(jobs: readonly JobRef[]): Promise<void> {
    for (const { tenantId, id } of jobs) {
      await this.advance
        .advance(tenantId, id)
        .catch((error: unknown) => this.log.warn({ err: error, jobId: id }, 'a job could not be carried on; it is tried again'));
    }
  }

  async purge(): Promise<void> {
    await this.whole((em) => purgeProgress(em, PER_SWEEP), 'purge progress');
  }

  private async whole(sweep: Parameters<typeof this.system.run<number>>[1], why: string): Promise<void> {
    while ((await this.system.run(why, sweep)) === PER_SWEEP);
  }
}
