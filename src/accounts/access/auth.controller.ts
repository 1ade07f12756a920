import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/http/index.js';
import { RefreshTokens } from '../sessions/index.js';
import { ForgotPasswordDto, LoginDto, RefreshDto, RegisterDto, ResetPasswordDto, SignedInDto, TokensDto, VerifyEmailDto } from './access.dto.js';
import { AuthDesk } from './auth-desk.service.js';
import { clientOf } from './client.js';
import { LinkRequests } from './link-requests.service.js';
import { LinkVisits } from './link-visits.service.js';
import { SignOut } from './sign-out.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly desk: AuthDesk,
    private readonly exit: SignOut,
    private readonly refreshTokens: RefreshTokens,
    private readonly requests: LinkRequests,
    private readonly visits: LinkVisits,
  ) {}

  @Post('register')
  @Public()
  @ApiOperation({ summary: 'Make an account and a tenant of one, and sign in' })
  @ApiCreatedResponse({ type: SignedInDto })
  register(@Body() body: RegisterDto, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedInDto> {
    return this.desk.register(body, request, reply);
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Sign in with e-mail and password' })
  @ApiOkResponse({ type: SignedInDto })
  login(@Body() body: LoginDto, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedInDto> {
    return this.desk.login(body, request, reply);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens; an old one ends the session' })
  @ApiOkResponse({ type: TokensDto })
  refresh(@Body() body: RefreshDto, @Req() request: FastifyRequest): Promise<TokensDto> {
    return this.refreshTokens.exchange(body.refreshToken, clientOf(request));
  }

  @Post('logout')
  @HttpCode(204)
  @Public()
  @ApiOperation({ summary: 'End the session this request came by' })
  @ApiNoContentResponse()
  logout(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    return this.exit.signOut(request, reply);
  }

  @Post('forgot-password')
  @HttpCode(202)
  @Public()
  @ApiOperation({ summary: 'Ask for a mail with a link to set a new password; the answer is the same for every address' })
  @ApiAcceptedResponse()
  forgotPassword(@Body() body: ForgotPasswordDto, @Req() request: FastifyRequest): Promise<void> {
    return this.requests.askReset(body.email, clientOf(request));
  }

  @Post('reset-password')
  @HttpCode(204)
  @Public()
  @ApiOperation({ summary: 'Set a new password with the token of that mail; ends every session' })
  @ApiNoContentResponse()
  resetPassword(@Body() body: ResetPasswordDto, @Req() request: FastifyRequest): Promise<void> {
    return this.visits.resetPassword(body.token, body.password, clientOf(request));
  }

  @Post('verify-email')
  @HttpCode(204)
  @Public()
  @ApiOperation({ summary: 'Confirm the e-mail address with the token of the mail' })
  @ApiNoContentResponse()
  verifyEmail(@Body() body: VerifyEmailDto, @Req() request: FastifyRequest): Promise<void> {
    return this.visits.verifyEmail(body.token, clientOf(request));
  }
}
