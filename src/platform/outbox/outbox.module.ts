import { Global, Module, type DynamicModule } from '@nestjs/common';
import { EventConsumers } from './event-consumers.service.js';
import { Outbox } from './outbox.service.js';
import { Relay } from './relay.service.js';
import { Sweeper } from './sweeper.service.js';
import { LISTEN_URL, Wakeups } from './wakeups.service.js';

@Global()
@Module({})
export class OutboxModule {
  /** @param listenUrl address of the application's login */
  static forUrl(listenUrl: string): DynamicModule {
    return {
      module: OutboxModule,
      providers: [{ provide: LISTEN_URL, useValue: listenUrl }, Wakeups, Outbox, EventConsumers, Relay, Sweeper],
      exports: [Wakeups, Outbox, EventConsumers, Sweeper],
    };
  }
}
