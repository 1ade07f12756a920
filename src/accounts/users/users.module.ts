import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { PasswordHasher } from './password-hasher.service.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { Users } from './users.service.js';
import { UsersSystemRepository } from './users.system.repository.js';

@Module({
  imports: [AuditModule],
  controllers: [UsersController],
  providers: [Users, UsersRepository, UsersSystemRepository, PasswordHasher],
  exports: [Users, PasswordHasher],
})
export class UsersModule {}
