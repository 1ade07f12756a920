import { Injectable } from '@nestjs/common';
import type { TenantRole } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { Members } from '../../accounts/members/index.js';
import { Mail } from '../../platform/mail/index.js';
import type { Invoice } from './invoice.js';
import { GRACE_DAYS } from './subscription-state.js';

/** Those with `billing:write`. */
const ADDRESSEES = ['owner', 'admin', 'billing'] as const satisfies readonly TenantRole[];

/** Tells those who can do something about it that a payment did not go through. In the transaction that notes it, so once. */
@Injectable()
export class PaymentMail {
  constructor(
    private readonly members: Members,
    private readonly mail: Mail,
  ) {}

  topUpStopped(em: EntityManager, tenantId: string, declines: number, failure: string): Promise<void> {
    return this.send(
      em,
      tenantId,
      'Automatic top-up was switched off',
      `The card was declined ${declines} times in a row: ${failure}\n\nNo more credits are bought automatically. Give another card in the customer portal and switch it on again under Credits in the administration.\n`,
    );
  }

  invoiceFailed(em: EntityManager, tenantId: string, { number, reason, pageUrl }: Invoice): Promise<void> {
    const effect = reason?.startsWith('subscription')
      ? `Your plan stays for ${GRACE_DAYS} days after the first attempt; the credits of the month come with the payment. After that the plan is Free.\n\n`
      : '';
    const cure = `Give another card in the customer portal${pageUrl ? `, or pay here: ${pageUrl}` : ''}.`;
    return this.send(em, tenantId, 'A payment did not go through', `The invoice ${number ?? ''} could not be paid by the card on file.\n\n${effect}${cure}\n`);
  }

  private async send(em: EntityManager, tenantId: string, subject: string, text: string): Promise<void> {
    for (const { email } of await this.members.withRoles({ tenantId }, ADDRESSEES)) await this.mail.send(em, { tenantId, to: email, subject, text });
  }
}
