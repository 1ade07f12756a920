import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { UsageModule } from '../usage/index.js';
import { ExportRecords } from './export-records.service.js';
import { ExportRowsRepository } from './export-rows.repository.js';
import { ExportSchedules } from './export-schedules.service.js';
import { ExportUpkeep } from './export-upkeep.service.js';
import { ExportWriting } from './export-writing.service.js';
import { ExportsController } from './exports.controller.js';
import { ExportsRepository } from './exports.repository.js';
import { Exports } from './exports.service.js';
import { ExportsSystemRepository } from './exports.system.repository.js';

@Module({
  imports: [AuditModule, TenantsModule, UsageModule],
  controllers: [ExportsController],
  providers: [Exports, ExportSchedules, ExportWriting, ExportUpkeep, ExportRecords, ExportRowsRepository, ExportsRepository, ExportsSystemRepository],
  exports: [ExportWriting],
})
export class ExportsModule {}
