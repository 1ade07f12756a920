import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { UsersModule } from '../../accounts/users/index.js';
import { GpuAlarmWatch } from './gpu-alarm-watch.service.js';
import { GpuAlarmsController } from './gpu-alarms.controller.js';
import { GpuAlarms } from './gpu-alarms.service.js';
import { GpuAlarmsSystemRepository } from './gpu-alarms.system.repository.js';

@Module({
  imports: [AuditModule, TenantsModule, UsersModule],
  controllers: [GpuAlarmsController],
  providers: [GpuAlarms, GpuAlarmWatch, GpuAlarmsSystemRepository],
  exports: [GpuAlarmWatch],
})
export class GpuAlarmsModule {}
