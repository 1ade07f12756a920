import { Module } from '@nestjs/common';
import { MeteringModule } from '../metering/index.js';
import { PoolsModule } from '../pools/index.js';
import { Attempts } from './attempts.service.js';
import { Backlog } from './backlog.service.js';
import { FenceProbes } from './fence-probes.service.js';
import { Tasks } from './tasks.service.js';

@Module({
  imports: [PoolsModule, MeteringModule],
  providers: [Tasks, Backlog, Attempts, FenceProbes],
  exports: [Tasks, Backlog, Attempts],
})
export class TasksModule {}
