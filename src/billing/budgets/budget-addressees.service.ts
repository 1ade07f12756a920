import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiKeys } from '../../accounts/api-keys/index.js';
import { Members } from '../../accounts/members/index.js';
import { onCommit } from '../../platform/database/index.js';
import { Mail } from '../../platform/mail/index.js';
import { Outbox, Wakeups } from '../../platform/outbox/index.js';
import { alertMail } from './budget-mail.js';
import { RAISERS } from './budget-rights.js';
import type { BudgetAlert } from './budget.js';

/** Whom an alert goes to: those who may raise the budget, and the person it bounds. */
@Injectable()
export class BudgetAddressees {
  constructor(
    private readonly members: Members,
    private readonly keys: ApiKeys,
    private readonly mail: Mail,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  async tell(em: EntityManager, tenantId: string, alert: BudgetAlert): Promise<void> {
    await this.outbox.emit(em, tenantId, 'budget.alerted', { alertId: alert.id, budgetId: alert.budgetId, threshold: alert.threshold });
    onCommit(() => this.wakeups.wake('tenant', tenantId));
    for (const to of await this.of(tenantId, alert)) await this.mail.send(em, { tenantId, to, ...alertMail(alert) });
  }

  private async of(tenantId: string, { scope, subjectId }: BudgetAlert): Promise<Set<string>> {
    const raisers = await this.members.withRoles({ tenantId }, RAISERS);
    const bounded = scope === 'user' ? subjectId : scope === 'key' ? (await this.keys.find({ tenantId }, subjectId))?.ownerId : undefined;
    const person = bounded === undefined ? null : await this.members.find({ tenantId }, bounded);
    return new Set([...raisers, ...(person?.status === 'active' ? [person] : [])].map(({ email }) => email));
  }
}
