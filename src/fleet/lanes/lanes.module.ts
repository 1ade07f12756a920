import { Module } from '@nestjs/common';
import { PoolsModule } from '../pools/index.js';
import { TasksModule } from '../tasks/index.js';
import { LaneKeeper } from './lane-keeper.service.js';
import { LaneRepair } from './lane-repair.service.js';
import { LanesController } from './lanes.controller.js';
import { Lanes } from './lanes.service.js';
import { Promotion } from './promotion.service.js';

@Module({
  imports: [PoolsModule, TasksModule],
  controllers: [LanesController],
  providers: [Lanes, LaneKeeper, LaneRepair, Promotion],
  exports: [LaneKeeper, Promotion],
})
export class LanesModule {}
