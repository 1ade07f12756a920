import { Body, Controller, Get, Patch, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Authenticated, Context } from '../../platform/http/index.js';
import { UpdateMeDto } from '../users/index.js';
import { MeDto } from './access.dto.js';
import { Me } from './me.service.js';

/** The person behind the request, seen across users, members and tenants: that is why it lives up here. */
@ApiTags('users')
@Controller('users/me')
export class MeController {
  constructor(private readonly me: Me) {}

  @Get()
  @Authenticated()
  @ApiOperation({ summary: 'Who you are, where you act and what you may do' })
  @ApiOkResponse({ type: MeDto })
  get(@Context() ctx: Ctx): Promise<MeDto> {
    return this.me.get(ctx);
  }

  @Patch()
  @Authenticated()
  @ApiOperation({ summary: 'Change name, e-mail address or password' })
  @ApiOkResponse({ type: MeDto })
  update(@Context() ctx: Ctx, @Body() body: UpdateMeDto): Promise<MeDto> {
    return this.me.update(ctx, body);
  }

  @Put()
  @Authenticated()
  @ApiOperation({ summary: 'The same as PATCH: fields that are left out stay as they are' })
  @ApiOkResponse({ type: MeDto })
  replace(@Context() ctx: Ctx, @Body() body: UpdateMeDto): Promise<MeDto> {
    return this.me.update(ctx, body);
  }
}
