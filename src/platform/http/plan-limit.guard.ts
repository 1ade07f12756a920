import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUnmetered } from './access.js';
import { RateLimited, rateHeaders } from './rate-limit.errors.js';
import { RateLimiter } from './rate-limiter.service.js';

/** Counts the call against the plan's calls per minute and says in headers what is left. */
@Injectable()
export class PlanLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiter) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || isUnmetered(context)) return true;
    const { ctx } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!ctx) return true;
    const state = await this.limiter.spend(ctx, 'api');
    if (!state) return true;
    if (!state.allowed) throw new RateLimited(state);
    context.switchToHttp().getResponse<FastifyReply>().headers(rateHeaders(state));
    return true;
  }
}
