import { BullModule } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import { provideConfig } from '../config/index.js';
import { MailDelivery } from './mail-delivery.service.js';
import { MailProcessor } from './mail.processor.js';
import { MailRepository } from './mail.repository.js';
import { Mail, MAIL_QUEUE } from './mail.service.js';
import { MailSystemRepository } from './mail.system.repository.js';
import { mailConfig } from './settings.js';

@Global()
@Module({
  imports: [BullModule.registerQueue({ name: MAIL_QUEUE })],
  providers: [provideConfig(mailConfig), MailRepository, MailSystemRepository, Mail, MailDelivery, MailProcessor],
  exports: [Mail, mailConfig.token],
})
export class MailModule {}
