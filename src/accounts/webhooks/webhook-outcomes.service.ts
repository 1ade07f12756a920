import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { systemCtx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import type { Verdict } from './verdict.js';
import { WebhookAlarm } from './webhook-alarm.service.js';
import type { Attempt, TakenDelivery } from './webhook.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** An endpoint that took nothing for so long is switched off. */
const PATIENCE_DAYS = 5;
const ABANDONED = 'The endpoint was switched off because its receiver failed. Mend it, switch the endpoint on, and replay this.';

/** What an attempt leaves behind: its line in the log, the state of the delivery, the health of the endpoint. */
@Injectable()
export class WebhookOutcomes {
  constructor(
    private readonly tx: TenantTx,
    private readonly endpoints: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly alarm: WebhookAlarm,
  ) {}

  /** `pauseSeconds` until the next attempt if this one failed; null: there is none. What was deleted meanwhile is forgotten. */
  async record(delivery: TakenDelivery, attempt: Attempt, verdict: Verdict, pauseSeconds: number | null): Promise<void> {
    await this.tx.run(systemCtx(delivery.tenantId, 'webhooks'), async (em) => {
      if (!(await this.endpoints.lock(em, delivery.endpointId)) || !(await this.deliveries.exists(em, delivery.deliveryId))) return;
      await this.deliveries.insertAttempt(em, delivery.tenantId, delivery.deliveryId, attempt);
      if (verdict.error === null) {
        await this.deliveries.markDelivered(em, delivery.deliveryId);
        await this.endpoints.markTaken(em, delivery.endpointId);
        return;
      }
      await this.deliveries.markFailed(em, delivery.deliveryId, delivery.attempt, verdict.error, pauseSeconds);
      await this.judge(em, delivery, verdict.gone, verdict.error);
    });
  }

  /** Switches off an endpoint that is gone, or has failed for days. */
  private async judge(em: EntityManager, { tenantId, endpointId }: TakenDelivery, gone: boolean, error: string): Promise<void> {
    const health = await this.endpoints.markFailed(em, endpointId, PATIENCE_DAYS);
    if (!health.enabled || !(gone || health.exhausted)) return;
    const reason = gone ? 'gone' : 'failing';
    await this.endpoints.switchOff(em, endpointId, reason);
    await this.deliveries.abandon(em, endpointId, ABANDONED);
    await this.alarm.switchedOff(em, { tenantId, endpointId, url: health.url, since: health.failingSince, reason, error });
  }
}
