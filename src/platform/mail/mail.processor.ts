import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job } from 'bullmq';
import { coreConfig, type ConfigOf } from '../config/index.js';
import { log } from '../telemetry/index.js';
import { MailDelivery } from './mail-delivery.service.js';
import { MAIL_QUEUE } from './mail.service.js';

/** Delivers a message as soon as its ticket arrives. The row decides; a ticket may come twice or never. */
@Processor(MAIL_QUEUE, { autorun: false, concurrency: 2 })
export class MailProcessor extends WorkerHost implements OnApplicationBootstrap {
  private readonly logger = log('mail');

  constructor(
    private readonly delivery: MailDelivery,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    if (this.core.role === 'api') return;
    void this.worker.run().catch((error: unknown) => this.logger.warn({ err: error }, 'the mail worker stopped; the sweep goes on'));
  }

  override async process(job: Job<{ id: string }>): Promise<void> {
    await this.delivery.deliver(job.data.id);
  }

  /** Connection losses heal by themselves; without a listener one would end the process. */
  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.debug({ err: error }, 'the mail queue is not reachable at the moment');
  }
}
