import { Module } from '@nestjs/common';
import { BudgetsModule } from '../billing/budgets/index.js';
import { LedgerModule } from '../billing/ledger/index.js';
import { provideConfig } from '../platform/config/index.js';
import { JobsModule } from '../studio/jobs/index.js';
import { BalanceFeed } from './balance-feed.service.js';
import { BudgetFeed } from './budget-feed.service.js';
import { Connections } from './connections.service.js';
import { EventStreams } from './event-streams.service.js';
import { EventsController } from './events.controller.js';
import { Handshake } from './handshake.service.js';
import { JobFeed } from './job-feed.service.js';
import { JobSocketGateway } from './job-socket.gateway.js';
import { OwnFeed } from './own-feed.service.js';
import { realtimeConfig } from './settings.js';
import { SocketIoGateway } from './socket-io.gateway.js';
import { Sockets } from './sockets.service.js';

@Module({
  imports: [BudgetsModule, JobsModule, LedgerModule],
  controllers: [EventsController],
  providers: [
    provideConfig(realtimeConfig),
    BalanceFeed,
    BudgetFeed,
    Connections,
    EventStreams,
    Handshake,
    JobFeed,
    JobSocketGateway,
    OwnFeed,
    SocketIoGateway,
    Sockets,
  ],
})
export class RealtimeModule {}
