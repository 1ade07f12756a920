import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Ctx } from '../../platform/context/index.js';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { BudgetAddressees } from './budget-addressees.service.js';
import { hearsOf } from './budget-rights.js';
import { toAlertResponse } from './budget-views.js';
import type { BudgetAlertResponse } from './budgets.dto.js';
import { BudgetsRepository } from './budgets.repository.js';
import { BudgetsSystemRepository } from './budgets.system.repository.js';

/** An alert is out within ten seconds of the settlement that caused it. */
const SWEEP_MS = 3_000;
const TENANTS_PER_SWEEP = 500;

/** An alert as the API shows it, and who may hear of it. */
export interface AlertNews {
  at: Date;
  alert: BudgetAlertResponse;
  hears(ctx: Ctx): boolean;
}

/** Tells when a budget passes a threshold: the alert's row, its news and its mail are one transaction, and the row's key makes them happen once. */
@Injectable()
export class BudgetAlerts implements OnModuleInit {
  private readonly log = log('billing/budgets');

  constructor(
    private readonly repository: BudgetsRepository,
    private readonly system: BudgetsSystemRepository,
    private readonly transactions: SystemTx,
    private readonly tx: TenantTx,
    private readonly addressees: BudgetAddressees,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/budgets: alerts', SWEEP_MS, () => this.raise());
  }

  async raise(): Promise<void> {
    const tenants = await this.transactions.run('billing: budgets to tell of', (em) => this.system.tenantsToAlert(em, TENANTS_PER_SWEEP));
    for (const tenantId of tenants)
      await this.raiseOf(tenantId).catch((error: unknown) => this.log.error({ err: error, tenantId }, 'alerts could not be raised; they are tried again'));
  }

  /** What was raised since an instant, oldest first: for those who tell it on. */
  async since(tenantId: string, since: Date): Promise<AlertNews[]> {
    const alerts = await this.tx.run({ tenantId }, (em) => this.repository.alertsSince(em, tenantId, since));
    return alerts.map((alert) => ({ at: alert.createdAt, alert: toAlertResponse(alert), hears: (ctx) => hearsOf(ctx, alert.subjectId) }));
  }

  /** @returns how many this call raised */
  raiseOf(tenantId: string): Promise<number> {
    return this.tx.run({ tenantId }, async (em) => {
      const alerts = await this.repository.raiseAlerts(em, tenantId);
      for (const alert of alerts) await this.addressees.tell(em, tenantId, alert);
      return alerts.length;
    });
  }
}
