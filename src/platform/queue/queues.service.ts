import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { QueueConnection } from './connection.js';
import { LaneQueue } from './lane-queue.js';

export const QUEUE_CONNECTION = Symbol('queue connection');

@Injectable()
export class Queues implements OnApplicationShutdown {
  private readonly lanes = new Map<string, LaneQueue>();

  constructor(@Inject(QUEUE_CONNECTION) private readonly connection: QueueConnection) {}

  get backend(): 'postgres' | 'redis' {
    return this.connection.backend;
  }

  /** The queue of a lane, opened on first use. Names may not contain a colon. */
  lane(name: string): LaneQueue {
    let lane = this.lanes.get(name);
    if (!lane) this.lanes.set(name, (lane = new LaneQueue(name, this.backend, this.connection.options)));
    return lane;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.lanes.values()].map((lane) => lane.close()));
    await this.connection.close();
  }
}
