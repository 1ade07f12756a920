import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Clock } from '../../platform/clock/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { outsideTransaction } from '../../platform/database/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Audit } from '../audit/index.js';

/** One caller hammering one door is one entry a minute: the log must not be something that anybody can fill. */
const ONCE_PER_MS = 60_000;
const FORBIDDEN = 403;

/** Writes refused attempts of known callers to the audit log. Nobody waits for it. */
@Injectable()
export class Denials implements OnModuleInit {
  private readonly log = log('accounts/access');
  private readonly noted = new Map<string, number>();

  constructor(
    private readonly audit: Audit,
    private readonly clock: Clock,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const server = this.http.httpAdapter?.getInstance() as FastifyInstance | undefined;
    server?.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode === FORBIDDEN && request.ctx) this.note(request.ctx, `${request.method} ${request.routeOptions.url ?? 'unknown'}`);
      done();
    });
  }

  note(ctx: Ctx, attempted: string): void {
    const { actor } = ctx;
    const who = actor.kind === 'user' ? actor.sessionId : actor.kind === 'key' ? actor.keyId : actor.name;
    const what = `${ctx.tenantId} ${who} ${attempted}`;
    const now = this.clock.now().getTime();
    for (const [key, at] of this.noted) {
      if (now - at < ONCE_PER_MS) break;
      this.noted.delete(key);
    }
    if (this.noted.has(what)) return;
    this.noted.set(what, now);
    outsideTransaction(() => this.audit.note(ctx, { action: 'access.denied', after: { attempted } })).catch((error: unknown) => {
      this.log.warn({ err: error }, 'a refused attempt could not be written to the audit log');
    });
  }
}
