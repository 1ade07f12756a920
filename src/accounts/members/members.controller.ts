import { Body, Controller, Delete, Get, HttpCode, Patch, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { MemberDto, MemberPageDto, RolesDto, toMemberDto, UpdateMemberDto } from './members.dto.js';
import { Members } from './members.service.js';

@ApiTags('tenant')
@Controller('tenant')
export class MembersController {
  constructor(private readonly members: Members) {}

  @Get('members')
  @Requires('member:read')
  @ApiOperation({ summary: 'Who belongs to this tenant, and as what' })
  @ApiOkResponse({ type: MemberPageDto })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<MemberPageDto> {
    return this.members.list(ctx, query);
  }

  @Patch('members/:userId')
  @Requires('member:write')
  @ApiOperation({ summary: 'Give a member another role' })
  @ApiOkResponse({ type: MemberDto })
  async changeRole(@Context() ctx: Ctx, @IdParam('usr', 'userId') userId: string, @Body() body: UpdateMemberDto): Promise<MemberDto> {
    return toMemberDto(await this.members.changeRole(ctx, userId, body.role));
  }

  @Delete('members/:userId')
  @HttpCode(204)
  @Requires('member:write')
  @ApiOperation({ summary: 'Deactivate a member: sessions and keys end within 5 s, what they made stays' })
  @ApiNoContentResponse()
  deactivate(@Context() ctx: Ctx, @IdParam('usr', 'userId') userId: string): Promise<void> {
    return this.members.deactivate(ctx, userId);
  }

  @Get('roles')
  @Requires('member:read')
  @ApiOperation({ summary: 'The roles there are and what each may do' })
  @ApiOkResponse({ type: RolesDto })
  roles(): RolesDto {
    return this.members.roles();
  }
}
