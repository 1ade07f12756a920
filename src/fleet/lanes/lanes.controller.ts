import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../platform/http/index.js';
import { LaneListDto } from './lanes.dto.js';
import { Lanes } from './lanes.service.js';

@ApiTags('fleet')
@Controller('fleet/lanes')
export class LanesController {
  constructor(private readonly lanes: Lanes) {}

  @Get()
  @Requires('fleet:read')
  @ApiOperation({ operationId: 'listLanes', summary: 'The lanes and what waits in them' })
  @ApiOkResponse({ type: LaneListDto })
  async list(): Promise<LaneListDto> {
    return { data: await this.lanes.list() };
  }
}
