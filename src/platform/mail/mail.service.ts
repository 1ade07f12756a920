import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { EntityManager } from 'typeorm';
import { onCommit, SystemTx } from '../database/index.js';
import { newId } from '../ids/index.js';
import { log } from '../telemetry/index.js';
import { MailRepository } from './mail.repository.js';
import { MailSystemRepository } from './mail.system.repository.js';
import { headerText, type MailView, type OutgoingMail } from './message.js';

export const MAIL_QUEUE = 'mail';

/** Sends mail: a row with the change that causes it, delivered after commit, at least once. */
@Injectable()
export class Mail {
  private readonly logger = log('mail');

  constructor(
    private readonly mail: MailRepository,
    private readonly all: MailSystemRepository,
    private readonly system: SystemTx,
    @InjectQueue(MAIL_QUEUE) private readonly queue: Queue<{ id: string }>,
  ) {}

  /** Writes the message in the caller's transaction (`TenantTx` of that tenant, or `SystemTx`). */
  async send(em: EntityManager, mail: OutgoingMail): Promise<void> {
    const id = newId();
    await this.mail.insert(em, id, { ...mail, to: headerText(mail.to), subject: headerText(mail.subject) });
    onCommit(() => void this.hasten(id));
  }

  /** Newest first, across tenants, for operators; give `limit + 1` to see whether there is more. */
  list(filter: { after?: { at: string; id: string }; limit: number }): Promise<MailView[]> {
    return this.system.run('list mail', (em) => this.all.list(em, filter));
  }

  /** A ticket that is lost costs the sweep's few seconds. */
  private async hasten(id: string): Promise<void> {
    await this.queue.add('deliver', { id }, { jobId: id }).catch((error: unknown) => this.logger.debug({ err: error }, 'a mail waits for the sweep'));
  }
}
