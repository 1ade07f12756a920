import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { coreConfig, type ConfigOf } from '../config/index.js';
import { assertNoTransaction, SystemTx } from '../database/index.js';
import { Sweeper } from '../outbox/index.js';
import { log } from '../telemetry/index.js';
import { MailSystemRepository } from './mail.system.repository.js';
import { ATTEMPTS_MAX, retryAfterSeconds, type MailView } from './message.js';
import { mailConfig, type MailConfig } from './settings.js';

/** One try is over long before: the mail client gives up after 10 s without a connection and 30 s of silence. */
const LEASE_SECONDS = 120;
const SWEEP_MS = 5_000;
const SWEEP_BATCH = 50;
const PATIENCE = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

/** Hands messages to the mail server, or to the folder `<home>/mail` where there is none. */
@Injectable()
export class MailDelivery implements OnModuleInit {
  private readonly logger = log('mail');

  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(mailConfig.token) private readonly settings: MailConfig,
    private readonly mail: MailSystemRepository,
    private readonly system: SystemTx,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('mail: deliver what is due', SWEEP_MS, async () => {
      for (const id of await this.system.run('find due mail', (em) => this.mail.due(em, SWEEP_BATCH))) await this.deliver(id);
    });
  }

  /** One try for one message. Called twice at once, the second finds nothing to do. A crash in the middle may send it twice, with the same Message-ID. */
  async deliver(id: string): Promise<void> {
    const message = await this.system.run('take mail', (em) => this.mail.take(em, id, LEASE_SECONDS));
    if (!message) return;
    try {
      await this.hand(message);
    } catch (error) {
      const retry = message.attempts >= ATTEMPTS_MAX ? null : retryAfterSeconds(message.attempts);
      this.logger.warn({ err: error, mailId: id, attempts: message.attempts, retrySeconds: retry }, 'a mail was not taken');
      await this.system.run('mail failed', (em) => this.mail.markFailed(em, id, (error as Error).message, retry));
      return;
    }
    await this.system.run('mail sent', (em) => this.mail.markSent(em, id, this.settings.smtpUrl !== undefined));
  }

  private async hand(message: MailView): Promise<void> {
    assertNoTransaction('mail');
    const envelope = {
      from: this.settings.from,
      to: message.to,
      subject: message.subject,
      text: message.text,
      ...(message.html === null ? {} : { html: message.html }),
      messageId: `<${message.id}@${new URL(this.core.publicUrl).hostname}>`,
      date: message.createdAt,
      // Texts are ours; still, nothing in one may make the mailer read files or fetch addresses.
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    if (this.settings.smtpUrl !== undefined) {
      const transport = createTransport({ url: this.settings.smtpUrl, ...PATIENCE });
      await transport.sendMail(envelope).finally(() => transport.close());
      return;
    }
    const { message: eml } = await createTransport({ streamTransport: true, buffer: true, newline: 'unix' }).sendMail(envelope);
    await this.keep(message.id, eml as Buffer);
  }

  private async keep(id: string, eml: Buffer): Promise<void> {
    const folder = join(this.core.home, 'mail');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, `.${id}`), eml, { mode: 0o600 });
    await rename(join(folder, `.${id}`), join(folder, `${id}.eml`));
  }
}
