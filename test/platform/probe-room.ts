import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { IsInt, IsOptional, IsString, Max } from 'class-validator';
import type { Ctx } from '../../src/platform/context/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { DomainError } from '../../src/platform/errors/index.js';
import {
  Authenticated,
  Context,
  IdParam,
  Idem,
  Idempotency,
  PageQuery,
  Public,
  Requires,
  SpendsMoney,
  Unmetered,
  UploadedStream,
  type IdempotencyClaim,
  type UploadedFile,
} from '../../src/platform/http/index.js';
import { RateLimiter } from '../../src/platform/limits/index.js';
import { TENANT } from './probe-house.js';

class EchoBody {
  @IsString()
  text: string;
  @IsOptional()
  @IsInt()
  @Max(5)
  count: number = 1;
}

/** What tests look at and hold back: how often work was done, and a gate that work waits at. */
export const work = { calls: 0, gate: Promise.resolve() };

/** One route for each thing the door does. */
@Controller('probe')
export class ProbeController {
  constructor(
    private readonly tx: TenantTx,
    private readonly idempotency: Idempotency,
    private readonly limiter: RateLimiter,
  ) {}

  @Get('me')
  @Authenticated()
  me(@Context() ctx: Ctx): object {
    return { tenantId: ctx.tenantId, requestId: ctx.requestId, ip: ctx.ip };
  }
  @Get('audit')
  @Requires('audit:read')
  audit(): object {
    return {};
  }
  @Get('jobs/:id')
  @Authenticated()
  job(@IdParam('job', 'id') id: string): object {
    return { id };
  }
  @Get('list')
  @Authenticated()
  list(@Query() query: PageQuery): object {
    return { limit: query.limit };
  }
  @Get('free')
  @Unmetered()
  @Authenticated()
  free(): object {
    return {};
  }
  @Get('boom')
  @Public()
  boom(): never {
    throw new Error('secret detail of the inside');
  }
  @Post('echo')
  @HttpCode(202)
  @Requires('job:create')
  async echo(@Body() body: EchoBody): Promise<object> {
    await work.gate;
    return { ...body, call: ++work.calls };
  }
  @Post('refuse')
  @Authenticated()
  refuse(): never {
    throw new DomainError({
      kind: 'payment_required',
      code: 'insufficient_credits',
      detail: `Short, call ${++work.calls}.`,
      extra: { estimate: '4', available: '1' },
    });
  }
  @Post('flaky')
  @Authenticated()
  flaky(): object {
    if (++work.calls === 1) throw new Error('the first time it breaks');
    return { call: work.calls };
  }
  @Post('spend')
  @SpendsMoney()
  @Requires('job:create')
  spend(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim): Promise<unknown> {
    return this.tx.run(ctx, async (em) => {
      const earlier = await this.idempotency.find(em, ctx, idem);
      if (earlier) {
        idem.replayed = true;
        return earlier.body;
      }
      await work.gate;
      const made = { body, call: ++work.calls };
      await this.idempotency.store(em, ctx, idem, 201, made);
      return made;
    });
  }
  @Post('generate')
  @Authenticated()
  async generate(@Context() ctx: Ctx): Promise<object> {
    await this.limiter.take(ctx, 'generations');
    return {};
  }
  @Post('upload')
  @Authenticated()
  async upload(@UploadedStream() file: UploadedFile): Promise<object> {
    let bytes = 0;
    for await (const chunk of file.stream) bytes += (chunk as Buffer).length;
    return { bytes, filename: file.filename, contentType: file.contentType, fields: file.fields };
  }
}

/** Two callers of one tenant: a person and an API key. */
export const member = `user ${TENANT} 0190b2d4-0000-7000-8000-000000000001 job:create`;
export const key = `key ${TENANT} 0190b2d4-0000-7000-8000-000000000002 job:create`;

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}
export interface Question {
  caller?: string;
  body?: unknown;
  raw?: string | FormData;
  headers?: Record<string, string>;
  method?: string;
}

/** Asks the house at `url`; JSON answers come parsed, others as `{ text }`. */
export async function ask(url: string, o: Question = {}): Promise<Answer> {
  const body = o.raw ?? (o.body === undefined ? undefined : JSON.stringify(o.body));
  const response = await fetch(url, {
    method: o.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(o.caller ? { 'x-caller': o.caller } : {}), ...(o.body === undefined ? {} : { 'content-type': 'application/json' }), ...o.headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text } };
}
