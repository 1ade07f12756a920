import { BullModule } from '@nestjs/bullmq';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { POOL_SIZES } from '../database/index.js';
import { openQueueConnection } from './connection.js';
import { QUEUE_CONNECTION, Queues } from './queues.service.js';

@Global()
@Module({})
export class QueueModule {
  static async open(options: { queueUrl: string; redisUrl?: string; prefix: string }): Promise<DynamicModule> {
    const connection = await openQueueConnection(options.queueUrl, options.redisUrl, options.prefix, POOL_SIZES.queue);
    return {
      module: QueueModule,
      imports: [
        BullModule.forRoot({ ...(connection.options as object as { connection: never }), defaultJobOptions: { removeOnComplete: true, removeOnFail: 1000 } }),
      ],
      providers: [{ provide: QUEUE_CONNECTION, useValue: connection }, Queues],
      exports: [Queues, BullModule],
    };
  }
}
