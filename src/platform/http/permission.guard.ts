import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/index.js';
import { accessAt } from './access.js';

/** Last guard: the caller has every right that the route names. */
@Injectable()
export class PermissionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const access = accessAt(context);
    if (access?.kind !== 'permissions') return true;
    const { ctx } = context.switchToHttp().getRequest<FastifyRequest>();
    const missing = access.permissions.filter((permission) => !ctx?.permissions.has(permission));
    if (missing.length === 0) return true;
    throw new DomainError({
      kind: 'forbidden',
      code: 'permission_denied',
      detail: `This needs the permission ${missing.join(' and ')}, which your role${ctx ? ` (${ctx.role})` : ''} or key does not have. Ask an owner or admin of the tenant for it.`,
      extra: { missing },
    });
  }
}
