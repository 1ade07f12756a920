import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { PlansModule } from '../../billing/plans/index.js';
import { ModerationController } from './moderation.controller.js';
import { ModerationRepository } from './moderation.repository.js';
import { Moderation } from './moderation.service.js';

@Module({ imports: [AuditModule, PlansModule], controllers: [ModerationController], providers: [Moderation, ModerationRepository], exports: [Moderation] })
export class ModerationModule {}
