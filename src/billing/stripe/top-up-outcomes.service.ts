import { Injectable } from '@nestjs/common';
import type { TenantRole } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Members } from '../../accounts/members/index.js';
import { systemCtx } from '../../platform/context/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Mail } from '../../platform/mail/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import type { Purchase } from './purchase.js';
import { waitAfter } from './top-up.js';
import { stoppedMail } from './top-up-mail.js';
import { TopUpsRepository } from './top-ups.repository.js';

/** Those with `billing:write`. */
const ADDRESSEES = ['owner', 'admin', 'billing'] as const satisfies readonly TenantRole[];
/** After one that was given up without an attempt to pay. */
const PAUSE_S = 900;

/** What follows when a top-up ended: declines are counted, and the last of them switches it off and says so. */
@Injectable()
export class TopUpOutcomes {
  constructor(
    private readonly repository: TopUpsRepository,
    private readonly members: Members,
    private readonly mail: Mail,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
  ) {}

  /** In the transaction in which the purchase ends, so it is counted once. */
  async note(em: EntityManager, tenantId: string, { id, state, failure }: Pick<Purchase, 'id' | 'state' | 'failure'>): Promise<void> {
    const topUp = await this.repository.find(em, tenantId, true);
    if (!topUp || state === 'open') return;
    if (state === 'paid') return this.repository.noteOutcome(em, tenantId, { declines: 0, waitSeconds: 0, stoppedBecause: topUp.stoppedBecause });
    if (failure === null)
      return this.repository.noteOutcome(em, tenantId, { declines: topUp.declines, waitSeconds: PAUSE_S, stoppedBecause: topUp.stoppedBecause });
    const declines = topUp.declines + 1;
    const waitSeconds = waitAfter(declines);
    const stops = waitSeconds === null && topUp.enabled;
    await this.repository.noteOutcome(em, tenantId, { declines, waitSeconds: waitSeconds ?? 0, stoppedBecause: stops ? failure : topUp.stoppedBecause });
    if (stops) await this.tell(em, tenantId, id, failure, declines);
  }

  private async tell(em: EntityManager, tenantId: string, purchaseId: string, failure: string, declines: number): Promise<void> {
    await this.outbox.emit(em, tenantId, 'top_up.stopped', { purchaseId });
    await this.audit.record(em, systemCtx(tenantId, 'payments'), { action: 'top_up.stopped', target: typeId('tnt', tenantId), after: { declines, failure } });
    const addressees = await this.members.withRoles({ tenantId }, ADDRESSEES);
    for (const { email } of addressees) await this.mail.send(em, { tenantId, to: email, ...stoppedMail(declines, failure) });
  }
}
