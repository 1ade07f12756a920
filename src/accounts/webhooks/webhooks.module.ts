import { Module } from '@nestjs/common';
import { provideConfig } from '../../platform/config/index.js';
import { AuditModule } from '../audit/index.js';
import { MembersModule } from '../members/index.js';
import { SessionsModule } from '../sessions/index.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { webhooksConfig } from './settings.js';
import { WebhookAlarm } from './webhook-alarm.service.js';
import { WebhookAttempts } from './webhook-attempts.service.js';
import { WebhookLog } from './webhook-log.service.js';
import { WebhookNews } from './webhook-news.service.js';
import { WebhookOutcomes } from './webhook-outcomes.service.js';
import { WebhookSecrets } from './webhook-secrets.service.js';
import { WebhookSender } from './webhook-sender.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { Webhooks } from './webhooks.service.js';
import { WebhooksSystemRepository } from './webhooks.system.repository.js';

const ROWS = [WebhooksRepository, DeliveriesRepository, WebhooksSystemRepository];
const SENDING = [WebhookSecrets, WebhookAlarm, WebhookOutcomes, WebhookAttempts, WebhookSender, WebhookNews];

@Module({
  imports: [AuditModule, MembersModule, SessionsModule],
  controllers: [WebhooksController],
  providers: [provideConfig(webhooksConfig), ...ROWS, ...SENDING, Webhooks, WebhookLog],
})
export class WebhooksModule {}
