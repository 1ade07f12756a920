import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { systemCtx } from '../../platform/context/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Mail } from '../../platform/mail/index.js';
import { Audit } from '../audit/index.js';
import { Members } from '../members/index.js';

interface SwitchedOff {
  tenantId: string;
  endpointId: string;
  url: string;
  since: Date;
  reason: 'failing' | 'gone';
  error: string;
}

/** Tells owners and admins what happened to an endpoint without anybody's doing. */
@Injectable()
export class WebhookAlarm {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly members: Members,
    private readonly mail: Mail,
    private readonly audit: Audit,
  ) {}

  /** In the transaction that switched it off. */
  async switchedOff(em: EntityManager, off: SwitchedOff): Promise<void> {
    await this.audit.record(em, systemCtx(off.tenantId, 'webhooks'), {
      action: 'webhook.disabled',
      target: typeId('whk', off.endpointId),
      after: { reason: off.reason, error: off.error },
    });
    const { host } = new URL(off.url);
    const cause =
      off.reason === 'gone'
        ? `It answered that it is gone for good.`
        : `It has taken nothing since ${off.since.toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
    const text = [
      `The webhook endpoint ${off.url} was switched off. ${cause}`,
      `The last attempt: ${off.error}`,
      `What to do: mend the receiver, switch the endpoint on at ${this.core.publicUrl}/admin/webhooks, and replay what it missed. Deliveries are kept for 30 days.`,
    ].join('\n\n');
    for (const { email } of await this.members.administrators(em, off.tenantId))
      await this.mail.send(em, { tenantId: off.tenantId, to: email, subject: `Webhooks to ${host} were switched off`, text });
  }
}
