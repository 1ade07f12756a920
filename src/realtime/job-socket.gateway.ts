import type { JobEvent } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { DomainError } from '../platform/errors/index.js';
import { problemOf } from '../platform/http/index.js';
import { newId, parseId } from '../platform/ids/index.js';
import { log } from '../platform/telemetry/index.js';
import { Connections, type Ending } from './connections.service.js';
import { Handshake } from './handshake.service.js';
import { JobFeed } from './job-feed.service.js';
import { MessageLimit } from './message-limit.js';

const PATH = /^(?:\/api\/v1)?\/ws\/jobs\/([^/]+)$/;
const PING_MS = 15_000;
/** A client that takes nothing for so long is cut off. */
const STALL_MS = 30_000;
/** Clients have nothing to say here; what they say anyway is bounded. */
const CLIENT_BYTES_MAX = 1024;
/** Codes of the private range, after the HTTP status they mean. */
const CLOSE_CODE: Record<Ending, number> = { revoked: 4401, expired: 4408, shutdown: 1001 };

/** Plain WebSocket: `/ws/jobs/{id}` sends the stored events of one job as JSON, one a message, and closes after the last. */
@Injectable()
export class JobSocketGateway {
  private readonly log = log('realtime');
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: CLIENT_BYTES_MAX,
    handleProtocols: (offered) => (offered.has('bearer') ? 'bearer' : false),
  });

  constructor(
    private readonly handshake: Handshake,
    private readonly feed: JobFeed,
    private readonly connections: Connections,
  ) {}

  /** True when the path is ours; the refusal, if any, is an ordinary HTTP answer before the upgrade. */
  takes(url: URL): boolean {
    return PATH.test(url.pathname);
  }

  async upgrade(url: URL, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const ending = new AbortController();
    socket.once('close', () => ending.abort());
    socket.on('error', () => ending.abort());
    let release: (() => void) | undefined;
    try {
      const { ctx, recheck } = await this.handshake.admit(request, tokenOf(request));
      const jobId = parseId('job', PATH.exec(url.pathname)?.[1]);
      const events = await this.feed.open(ctx, jobId, afterIdOf(url), ending.signal);
      let client: WebSocket | undefined;
      release = this.connections.admit({ kind: 'ws', ctx, recheck, close: (why) => (client?.close(CLOSE_CODE[why], why), ending.abort()) });
      if (ending.signal.aborted) return release();
      // A handshake that is refused only now never reaches the callback.
      socket.once('close', release);
      this.server.handleUpgrade(request, socket, head, (ws) => {
        client = ws;
        void this.serve(ws, events, ending).finally(release);
      });
    } catch (error) {
      release?.();
      refuse(request, socket, error);
    }
  }

  private async serve(ws: WebSocket, events: AsyncIterable<JobEvent[]> | null, ending: AbortController): Promise<void> {
    const limit = new MessageLimit(2, 10);
    let alive = true;
    const ping = setInterval(() => {
      if (!alive) return ws.terminate();
      alive = false;
      ws.ping();
    }, PING_MS);
    ws.on('pong', () => (alive = true));
    ws.on('message', () => void (limit.take() || ws.close(1008, 'too many messages')));
    ws.on('error', () => ws.terminate());
    ws.once('close', () => ending.abort());
    try {
      for await (const batch of events ?? []) await sendAll(ws, batch);
      if (!ending.signal.aborted) ws.close(1000, 'the job has ended');
    } catch (error) {
      this.log.debug({ err: error }, 'a socket was closed');
      ws.close(1011, 'try again with the last event id');
    } finally {
      clearInterval(ping);
      ending.abort();
    }
  }
}

/** Waits until the last message has left for the network, so that a slow client slows only himself; then for at most `STALL_MS`. */
async function sendAll(ws: WebSocket, batch: readonly JobEvent[]): Promise<void> {
  const texts = batch.map(({ type, id, data }) => JSON.stringify({ type, id, data }));
  const last = texts.pop();
  for (const text of texts) ws.send(text);
  if (last === undefined) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => ws.terminate(), STALL_MS);
    ws.send(last, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Browsers cannot set headers on a WebSocket: the token may come as `Sec-WebSocket-Protocol: bearer, <token>`. */
function tokenOf(request: IncomingMessage): string | undefined {
  const [scheme, token] = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  return scheme === 'bearer' && token ? token : undefined;
}

function afterIdOf(url: URL): number {
  const given = url.searchParams.get('lastEventId') ?? '0';
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new DomainError({
    kind: 'malformed',
    code: 'not_an_event_id',
    detail: 'lastEventId is not the id of an event of this job. Send the `id` of the last event you have, or leave it out.',
  });
}

/** An ordinary HTTP answer instead of the upgrade. */
export function refuse(request: IncomingMessage, socket: Duplex, error: unknown): void {
  const problem = problemOf(error, { id: newId(), url: request.url ?? '/' });
  const body = JSON.stringify(problem);
  // The other side may keep its half open for as long as it likes.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}
