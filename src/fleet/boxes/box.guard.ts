import { createParamDecorator, Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { EntityManager } from 'typeorm';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import type { CallingBox } from './box.js';
import { unknownBox } from './boxes.errors.js';
import { secretHash } from './boxes.service.js';
import { findByToken, spendNonce } from './boxes.system.repository.js';

/** Boxes are served by the processes that also sweep and promote (`all`, `control`). */
@Injectable()
export class ControlRoleGuard implements CanActivate {
  constructor(@Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>) {}

  canActivate(): boolean {
    if (this.core.role === 'api') throw notFound('route in the role api');
    return true;
  }
}

/** Tells which box calls, by its token. A token opens the fleet protocol and nothing else. */
@Injectable()
export class BoxGuard implements CanActivate {
  constructor(private readonly system: SystemTx) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const [, token] = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? '') ?? [];
    const box = token && (await this.system.run('box by token', (em) => this.find(em, token)));
    if (!box) throw unknownBox();
    request.box = box;
    return true;
  }

  private async find(em: EntityManager, token: string): Promise<CallingBox | undefined> {
    const box = await findByToken(em, secretHash(token));
    if (box?.nonceHolds) await spendNonce(em, box.id);
    return box;
  }
}

/** `@CallingBoxParam() box: CallingBox` – the box behind the token. */
export const CallingBoxParam = createParamDecorator(
  (_data: undefined, context: ExecutionContext): CallingBox => context.switchToHttp().getRequest<FastifyRequest>().box!,
);
