import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Authenticated, Context, IdParam } from '../../platform/http/index.js';
import { PersonDto, toPersonDto } from './users.dto.js';
import { Users } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: Users) {}

  @Get(':id')
  @Authenticated()
  @ApiOperation({ summary: 'A person of the tenant this request acts in; everybody else is 404' })
  @ApiOkResponse({ type: PersonDto })
  async get(@Context() ctx: Ctx, @IdParam('usr', 'id') id: string): Promise<PersonDto> {
    return toPersonDto(await this.users.getColleague(ctx, id));
  }
}
