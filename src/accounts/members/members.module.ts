import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { Members } from './members.service.js';

@Module({
  imports: [AuditModule],
  controllers: [MembersController],
  providers: [Members, MembersRepository],
  exports: [Members],
})
export class MembersModule {}
