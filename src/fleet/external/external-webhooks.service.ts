import { Inject, Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Pools } from '../pools/index.js';
import * as repository from './external-calls.system.repository.js';
import { forgedWebhook, strangeWebhook } from './external.errors.js';
import { externalConfig, type ExternalConfig } from './settings.js';
import { isGenuine, type SignedHook } from './webhook-signature.js';

/** Takes webhooks of the outside service: each once, and only as a reason to look. */
@Injectable()
export class ExternalWebhooks {
  constructor(
    private readonly system: SystemTx,
    private readonly wakeups: Wakeups,
    private readonly pools: Pools,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  /** @throws DomainError `webhook_signature` (401), `webhook_body` (400) */
  async take(hook: SignedHook): Promise<void> {
    const secret = this.config.webhookSecret;
    if (!secret || !this.config.service || !isGenuine(secret, hook, Date.now() / 1000)) throw forgedWebhook();
    const predictionId = predictionIn(hook.body);
    const isNew = await this.system.run('external webhook', (em) => repository.takeWebhook(em, hook.id!, predictionId));
    const pool = this.pools.known().find(({ provider }) => provider === 'external');
    if (isNew && pool) this.wakeups.wake('lease', pool.id);
  }
}

function predictionIn(body: Buffer): string {
  try {
    const { id } = JSON.parse(body.toString('utf8')) as { id?: unknown };
    if (typeof id === 'string' && id.length > 0 && id.length <= 200) return id;
  } catch {
    // Signed, but no JSON: answered below.
  }
  throw strangeWebhook();
}
