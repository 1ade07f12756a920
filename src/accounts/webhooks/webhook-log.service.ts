import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { onCommit, TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Audit } from '../audit/index.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { testNotice } from './notice.js';
import { WebhookNews } from './webhook-news.service.js';
import { WebhookSender } from './webhook-sender.service.js';
import type { Attempt, Delivery, Endpoint } from './webhook.js';
import { toWebhookDeliveryDto, type WebhookDeliveryPageDto, type WebhookDeliveryQuery } from './webhooks.dto.js';
import { endpointOff } from './webhooks.errors.js';
import { WebhooksRepository } from './webhooks.repository.js';

export type DeliveryStory = Delivery & { body: string; attemptLog: Attempt[] };

/** What was sent to an endpoint, how it went, and sending it again. */
@Injectable()
export class WebhookLog {
  constructor(
    private readonly tx: TenantTx,
    private readonly endpoints: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly news: WebhookNews,
    private readonly sender: WebhookSender,
    private readonly audit: Audit,
  ) {}

  async list(ctx: Ctx, endpointId: string, query: WebhookDeliveryQuery): Promise<WebhookDeliveryPageDto> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const found = await this.tx.run(ctx, async (em) => {
      if (!(await this.endpoints.find(em, endpointId))) throw notFound('webhook');
      return this.deliveries.list(em, endpointId, { status: query.status, after, limit: query.limit + 1 });
    });
    const result = page(found, query.limit, (delivery) => encodeCursor(delivery.cursorAt, delivery.id));
    return { ...result, data: result.data.map(toWebhookDeliveryDto) };
  }

  get(ctx: Ctx, endpointId: string, id: string): Promise<DeliveryStory> {
    return this.tx.run(ctx, (em) => this.story(em, endpointId, id));
  }

  /** Sends one again, with the same `webhook-id`, whatever became of it before. @throws 404, 409 `webhook_disabled` */
  replay(ctx: Ctx, endpointId: string, id: string): Promise<DeliveryStory> {
    return this.tx.run(ctx, async (em) => {
      await this.lockOn(em, endpointId);
      await this.story(em, endpointId, id);
      await this.deliveries.replay(em, endpointId, id);
      await this.audit.record(em, ctx, { action: 'webhook.replayed', target: typeId('whk', endpointId), after: { deliveryId: typeId('dlv', id) } });
      onCommit(() => this.sender.hasten());
      return this.story(em, endpointId, id);
    });
  }

  /** Sends again what failed since an instant; answers how many. @throws 404, 409 `webhook_disabled` */
  replayFailed(ctx: Ctx, endpointId: string, since: Date): Promise<number> {
    return this.tx.run(ctx, async (em) => {
      await this.lockOn(em, endpointId);
      const replayed = await this.deliveries.replayFailed(em, endpointId, since);
      await this.audit.record(em, ctx, { action: 'webhook.replayed', target: typeId('whk', endpointId), after: { since: since.toISOString(), replayed } });
      onCommit(() => this.sender.hasten());
      return replayed;
    });
  }

  /** Sends a message of type `webhook.test` to this endpoint only. @throws 404, 409 `webhook_disabled` */
  test(ctx: Ctx, endpointId: string): Promise<DeliveryStory> {
    return this.tx.run(ctx, async (em) => {
      await this.lockOn(em, endpointId);
      const [id] = await this.news.write(em, ctx.tenantId, testNotice(endpointId), [endpointId], null);
      return this.story(em, endpointId, id!);
    });
  }

  private async story(em: EntityManager, endpointId: string, id: string): Promise<DeliveryStory> {
    const delivery = await this.deliveries.find(em, endpointId, id);
    if (!delivery) throw notFound('delivery');
    return { ...delivery, attemptLog: await this.deliveries.attempts(em, id) };
  }

  private async lockOn(em: EntityManager, endpointId: string): Promise<Endpoint> {
    const endpoint = await this.endpoints.lock(em, endpointId);
    if (!endpoint) throw notFound('webhook');
    if (!endpoint.enabled) throw endpointOff();
    return endpoint;
  }
}
