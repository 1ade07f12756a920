import type { EventTopic, Events } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { onCommit } from '../database/index.js';
import { insertNews } from './outbox.repository.js';
import { Wakeups } from './wakeups.service.js';

export type News = { [T in EventTopic]: { topic: T; payload: Events[T] } }[EventTopic];

@Injectable()
export class Outbox {
  constructor(private readonly wakeups: Wakeups) {}

  /** Writes one piece of news in the caller's transaction; it is delivered after commit. */
  async emit<T extends EventTopic>(em: EntityManager, tenantId: string, topic: T, payload: Events[T]): Promise<void> {
    await this.emitMany(em, tenantId, [{ topic, payload } as News]);
  }

  async emitMany(em: EntityManager, tenantId: string, news: readonly News[]): Promise<void> {
    if (news.length === 0) return;
    await insertNews(em, tenantId, news);
    onCommit(() => this.wakeups.wake('outbox'));
  }
}
