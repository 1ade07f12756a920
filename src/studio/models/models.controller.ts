import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { ModelPage, ModelSearchQuery, ModelView } from './models.dto.js';
import { Models } from './models.service.js';

@ApiTags('models')
@Controller('models')
export class ModelsController {
  constructor(private readonly models: Models) {}

  @Get()
  @Requires('model:read')
  @ApiOperation({ operationId: 'listModels', summary: 'The catalogue' })
  @ApiOkResponse({ type: ModelPage })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<ModelPage> {
    return this.models.list(ctx, query);
  }

  @Get('search')
  @Requires('model:read')
  @ApiOperation({ operationId: 'searchModels', summary: 'Models by type, base and words' })
  @ApiOkResponse({ type: ModelPage })
  search(@Context() ctx: Ctx, @Query() query: ModelSearchQuery): Promise<ModelPage> {
    return this.models.list(ctx, query);
  }

  @Get(':id')
  @Requires('model:read')
  @ApiOperation({ operationId: 'getModel', summary: 'One model' })
  @ApiOkResponse({ type: ModelView })
  get(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<ModelView> {
    return this.models.view(ctx, id);
  }
}
