import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/index.js';
import { addLogContext } from '../telemetry/index.js';
import { accessAt } from './access.js';
import { Authenticator } from './authenticator.port.js';

/** Finds out who calls, through the port, unless the route is public. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const access = accessAt(context);
    if (!access) throw new DomainError({ kind: 'unexpected', code: 'route_without_access', detail: 'This route names nobody who may call it.' });
    if (access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const ctx = await this.authenticator.authenticate(request);
    request.ctx = { ...ctx, requestId: request.id, ip: request.ip };
    addLogContext({
      tenantId: ctx.tenantId,
      actor: ctx.actor.kind === 'system' ? ctx.actor.name : `${ctx.actor.kind} ${ctx.actor.kind === 'key' ? ctx.actor.keyId : ctx.actor.userId}`,
    });
    return true;
  }
}
