import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '../clock/index.js';
import { Decisions, MemoryLimitStore, RateLimited } from '../limits/index.js';
import { httpConfig, type HttpConfig } from './settings.js';

const MINUTE_MS = 60_000;

/** An IPv6 customer holds a whole /64, so that counts as one address. */
export function callerAddress(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped) return mapped[1]!;
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups.slice(0, 4).join(':');
}

/** First guard: keeps one address from keeping the whole house busy, before anything was looked up for it. Each process counts for itself. */
@Injectable()
export class IpLimitGuard implements CanActivate {
  private readonly decisions: Decisions;

  constructor(
    @Inject(httpConfig.token) private readonly settings: HttpConfig,
    clock: Clock,
  ) {
    this.decisions = new Decisions(new MemoryLimitStore(clock));
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const limit = this.settings.ipPerMinute;
    // Sockets have their own door (realtime); this one serves HTTP.
    if (limit === 0 || context.getType() !== 'http') return true;
    const address = callerAddress(context.switchToHttp().getRequest<FastifyRequest>().ip);
    const verdict = await this.decisions.take({ key: address, algorithm: 'gcra', limit, windowMs: MINUTE_MS });
    if (!verdict.allowed) throw new RateLimited({ ...verdict, policy: 'ip', limit, windowMs: MINUTE_MS });
    return true;
  }
}
