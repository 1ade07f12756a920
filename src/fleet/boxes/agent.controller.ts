import type { CompleteResponse, HeartbeatResponse, LeaseResponse, RegisterResponse, ReleaseResponse } from '@atelier/contracts';
import { Body, Controller, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/http/index.js';
import { CompleteDto, HeartbeatDto, LeaseDto, RegisterBoxDto, ReleaseDto } from './agent-request.dto.js';
import { CompletedDto, HeartbeatAnswerDto, LeaseAnswerDto, RegisteredDto, ReleasedDto } from './agent-response.dto.js';
import { BoxGuard, CallingBoxParam, ControlRoleGuard } from './box.guard.js';
import type { CallingBox } from './box.js';
import { Completions } from './completions.service.js';
import { Heartbeats } from './heartbeats.service.js';
import { Leases } from './leases.service.js';
import { Registrations } from './registrations.service.js';

/** The fleet protocol (contracts/fleet). Open to whoever has a box token; people and API keys have no business here. */
@ApiTags('agent')
@Controller('agent')
@Public()
@UseGuards(ControlRoleGuard)
export class AgentController {
  constructor(
    private readonly registrations: Registrations,
    private readonly leases: Leases,
    private readonly heartbeats: Heartbeats,
    private readonly completions: Completions,
  ) {}

  @Post('register')
  @HttpCode(200)
  @ApiOperation({ operationId: 'agentRegister', summary: 'A box proves what it is and gets its token' })
  @ApiOkResponse({ type: RegisteredDto })
  register(@Body() body: RegisterBoxDto): Promise<RegisterResponse> {
    return this.registrations.register(body);
  }

  @Post('lease')
  @HttpCode(200)
  @UseGuards(BoxGuard)
  @ApiBearerAuth()
  @ApiOperation({ operationId: 'agentLease', summary: 'Long poll for work' })
  @ApiOkResponse({ type: LeaseAnswerDto })
  lease(@CallingBoxParam() box: CallingBox, @Body() body: LeaseDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<LeaseResponse> {
    return this.leases.lease(box, body, hangUpOf(reply));
  }

  @Post('heartbeat')
  @HttpCode(200)
  @UseGuards(BoxGuard)
  @ApiBearerAuth()
  @ApiOperation({ operationId: 'agentHeartbeat', summary: 'Sign of life: extends leases, reports progress, asks for upload addresses' })
  @ApiOkResponse({ type: HeartbeatAnswerDto })
  heartbeat(@CallingBoxParam() box: CallingBox, @Body() body: HeartbeatDto): Promise<HeartbeatResponse> {
    return this.heartbeats.beat(box, body);
  }

  @Post('complete')
  @HttpCode(200)
  @UseGuards(BoxGuard)
  @ApiBearerAuth()
  @ApiOperation({ operationId: 'agentComplete', summary: 'Hands in the end of an attempt' })
  @ApiOkResponse({ type: CompletedDto })
  complete(@CallingBoxParam() box: CallingBox, @Body() body: CompleteDto): Promise<CompleteResponse> {
    return this.completions.complete(box, body);
  }

  @Post('release')
  @HttpCode(200)
  @UseGuards(BoxGuard)
  @ApiBearerAuth()
  @ApiOperation({ operationId: 'agentRelease', summary: 'Gives tasks back unfinished, or says goodbye' })
  @ApiOkResponse({ type: ReleasedDto })
  release(@CallingBoxParam() box: CallingBox, @Body() body: ReleaseDto): Promise<ReleaseResponse> {
    return this.completions.release(box, body);
  }
}

/** Aborts when the caller hangs up before the answer. */
function hangUpOf(reply: FastifyReply): AbortSignal {
  const hangUp = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) hangUp.abort();
  });
  return hangUp.signal;
}
