import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/index.js';
import { systemCtx } from '../../platform/context/index.js';
import { onCommit, TenantTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { EventConsumers, type Delivered } from '../../platform/outbox/index.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { wants } from './event-patterns.js';
import { bodyOf, noticeOf, PUBLIC_TOPICS, type Notice, type PublicTopic } from './notice.js';
import { WebhookSender } from './webhook-sender.service.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Turns news of the house into messages for those endpoints that want them. */
@Injectable()
export class WebhookNews implements OnModuleInit {
  constructor(
    private readonly tx: TenantTx,
    private readonly endpoints: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly consumers: EventConsumers,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    for (const topic of PUBLIC_TOPICS) this.consumers.on(topic, `accounts/webhooks:${topic}`, (event) => this.take(topic, event));
  }

  /** Writes a message and its deliveries in the caller's transaction. `source`: number of the news; the same news makes no second message. */
  async write(em: EntityManager, tenantId: string, notice: Notice, endpointIds: readonly string[], source: string | null): Promise<string[]> {
    const id = newId();
    const isNew = await this.deliveries.insertMessage(em, { tenantId, id, source, type: notice.type, body: bodyOf(notice, this.clock.now()) });
    if (!isNew) return [];
    const wanted = endpointIds.map((endpointId) => ({ id: newId(), endpointId }));
    await this.deliveries.insert(em, tenantId, id, wanted);
    onCommit(() => this.sender.hasten());
    return wanted.map((delivery) => delivery.id);
  }

  /** News may come twice: the number of the news is unique among the messages of a tenant. */
  private async take<T extends PublicTopic>(topic: T, event: Delivered<T>): Promise<void> {
    const notice = noticeOf(topic, event.payload);
    await this.tx.run(systemCtx(event.tenantId, 'webhooks'), async (em) => {
      const chosen = (await this.endpoints.enabled(em)).filter((endpoint) => wants(endpoint.eventTypes, notice.type));
      if (chosen.length > 0) {
        await this.write(
          em,
          event.tenantId,
          notice,
          chosen.map((endpoint) => endpoint.id),
          event.id,
        );
      }
    });
  }
}
