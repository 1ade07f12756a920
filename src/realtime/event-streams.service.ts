import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx } from '../platform/context/index.js';
import { invalid } from '../platform/errors/index.js';
import { Connections } from './connections.service.js';
import type { StreamQuery } from './events.dto.js';
import { Handshake } from './handshake.service.js';
import { JobFeed } from './job-feed.service.js';
import { OwnFeed } from './own-feed.service.js';
import { SSE_PING, sseEvent, sseRetry } from './sse.js';

const PING_MS = 15_000;
const RETRY_MS = 2000;
/** A reader who takes nothing for so long is gone, or in the way. */
const STALL_MS = 30_000;

/** Server-sent events: the stored events over plain HTTP. */
@Injectable()
export class EventStreams {
  constructor(
    private readonly feed: JobFeed,
    private readonly own: OwnFeed,
    private readonly connections: Connections,
    private readonly handshake: Handshake,
  ) {}

  /** 204 tells an EventSource that has everything not to come back. */
  async job(ctx: Ctx, jobId: string, query: StreamQuery, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const afterId = lastEventId(request, query) ?? 0;
    await this.stream(ctx, request, reply, async (signal) => {
      const events = await this.feed.open(ctx, jobId, afterId, signal);
      return events && map(events, (batch) => batch.map((e) => sseEvent({ id: e.id, event: e.type, data: e.data })).join(''));
    });
  }

  async all(ctx: Ctx, query: StreamQuery, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const since = lastEventId(request, query);
    await this.stream(ctx, request, reply, async (signal) =>
      map(this.own.follow(ctx, since, signal), (batch) => {
        const id = Date.now();
        return batch.map((e) => sseEvent({ id, event: e.event, data: e.data })).join('');
      }),
    );
  }

  private async stream(
    ctx: Ctx,
    request: FastifyRequest,
    reply: FastifyReply,
    open: (signal: AbortSignal) => Promise<AsyncIterable<string> | null>,
  ): Promise<void> {
    const ending = new AbortController();
    const release = this.connections.admit({ kind: 'sse', ctx, close: () => ending.abort(), recheck: this.handshake.recheckOf(request, ctx) });
    reply.raw.once('close', () => ending.abort());
    try {
      const texts = await open(ending.signal);
      if (!texts) {
        await reply.code(204).send();
        return;
      }
      await write(reply, texts, ending.signal);
    } finally {
      ending.abort();
      release();
    }
  }
}

/** Takes the response over from Fastify and feeds it until there is no more to say. */
async function write(reply: FastifyReply, texts: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // Nothing follows a stream on its connection; kept open, it would hold up a program that stops.
    connection: 'close',
    // Proxies that collect an answer before they pass it on would hold every event back.
    'x-accel-buffering': 'no',
  });
  const send = async (text: string): Promise<void> => {
    if (response.destroyed || response.write(text)) return;
    await drained(response, signal);
  };
  const ping = setInterval(() => void (response.writableNeedDrain || response.write(SSE_PING)), PING_MS);
  try {
    await send(sseRetry(RETRY_MS));
    for await (const text of texts) await send(text);
  } catch {
    // The headers are out: all that can be said is that the stream ends here. The client comes back with its last event id.
  } finally {
    clearInterval(ping);
    response.end();
  }
}

function drained(response: FastifyReply['raw'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(() => {
      response.destroy();
      done();
    }, STALL_MS);
    response.once('drain', done);
    signal.addEventListener('abort', done);
  });
}

async function* map<T>(source: AsyncIterable<T>, text: (item: T) => string): AsyncGenerator<string> {
  for await (const item of source) yield text(item);
}

/** The header wins over the query: a browser repeats the address with which it began. */
function lastEventId(request: FastifyRequest, query: StreamQuery): number | undefined {
  const given = request.headers['last-event-id'] ?? query.lastEventId;
  if (given === undefined || given === '') return undefined;
  const id = Number(given);
  if (Number.isSafeInteger(id) && id >= 0) return id;
  throw invalid([
    {
      pointer: '/lastEventId',
      code: 'not_an_event_id',
      message: 'Last-Event-ID is not the id of an event of this stream.',
      fix: 'Send the `id` of the last event you have, or leave it out to hear everything.',
    },
  ]);
}
