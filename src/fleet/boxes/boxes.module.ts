import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { UsageModule } from '../../billing/usage/index.js';
import { LanesModule } from '../lanes/index.js';
import { MeteringModule } from '../metering/index.js';
import { PoolsModule } from '../pools/index.js';
import { TasksModule } from '../tasks/index.js';
import { ThermalModule } from '../thermal/index.js';
import { AgentController } from './agent.controller.js';
import { BoxCare } from './box-care.service.js';
import { BoxGauges } from './box-gauges.service.js';
import { BoxHoursController } from './box-hours.controller.js';
import { BoxHoursReports } from './box-hours.service.js';
import { BoxReports } from './box-reports.service.js';
import { BoxesController } from './boxes.controller.js';
import { Boxes } from './boxes.service.js';
import { Completions } from './completions.service.js';
import { Heartbeats } from './heartbeats.service.js';
import { Leases } from './leases.service.js';
import { Preloads } from './preloads.service.js';
import { Registrations } from './registrations.service.js';
import { TicketDesk } from './ticket-desk.service.js';
import { UploadGrants } from './upload-grants.service.js';

/** Needs `TaskObserver`, bound where the house is put together. */
@Module({
  imports: [AuditModule, UsageModule, PoolsModule, MeteringModule, TasksModule, ThermalModule, LanesModule],
  controllers: [AgentController, BoxesController, BoxHoursController],
  providers: [Boxes, BoxReports, BoxHoursReports, BoxGauges, BoxCare, Registrations, Leases, TicketDesk, Heartbeats, Preloads, UploadGrants, Completions],
  exports: [Boxes, BoxReports, BoxHoursReports, BoxCare],
})
export class BoxesModule {}
