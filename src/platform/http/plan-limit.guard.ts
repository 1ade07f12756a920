import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLimiter } from '../limits/index.js';
import { isUnmetered, spendsMoney } from './access.js';

/** Counts the call against the plan's calls per minute. While calls cannot be counted, what spends money is refused. */
@Injectable()
export class PlanLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiter) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || isUnmetered(context)) return true;
    const { ctx } = context.switchToHttp().getRequest<FastifyRequest>();
    if (ctx) await this.limiter.take(ctx, 'api', spendsMoney(context) ? 'refuse' : 'count_here');
    return true;
  }
}
