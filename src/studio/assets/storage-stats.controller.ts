import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { StorageStats } from './assets.dto.js';
import { StorageQuota } from './storage-quota.service.js';

@ApiTags('assets')
@Controller('storage')
export class StorageStatsController {
  constructor(private readonly quota: StorageQuota) {}

  @Get('stats')
  @Requires('asset:read')
  @ApiOperation({ operationId: 'getStorageStats', summary: 'What the tenant stores, and how much its plan holds' })
  @ApiOkResponse({ type: StorageStats })
  stats(@Context() ctx: Ctx): Promise<StorageStats> {
    return this.quota.stats(ctx);
  }
}
