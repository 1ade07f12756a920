import type { EventTopic, Events } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

export interface Delivered<T extends EventTopic> {
  id: string;
  tenantId: string;
  payload: Events[T];
}
type Handler<T extends EventTopic> = (event: Delivered<T>, em?: EntityManager) => Promise<void>;
export interface Consumer {
  name: string;
  once: boolean;
  handler: (event: Delivered<EventTopic>, em?: EntityManager) => Promise<void>;
}

/** Who wants which news. Rooms register in `onModuleInit`. */
@Injectable()
export class EventConsumers {
  private readonly byTopic = new Map<string, Consumer[]>();

  /**
   * `consumer` is a stable name (`studio/jobs:advance`). The handler may run more than once for one event; with `once` it runs inside a
   * system transaction that has written `consumed(event, consumer)`, so its effects happen once.
   */
  on<T extends EventTopic>(topic: T, consumer: string, handler: Handler<T>, options: { once?: boolean } = {}): void {
    const list = this.byTopic.get(topic) ?? [];
    if (list.some((c) => c.name === consumer)) throw new Error(`${consumer} consumes ${topic} twice: give the second consumer a name of its own.`);
    list.push({ name: consumer, once: options.once ?? false, handler: handler as Consumer['handler'] });
    this.byTopic.set(topic, list);
  }

  of(topic: string): readonly Consumer[] {
    return this.byTopic.get(topic) ?? [];
  }
}
