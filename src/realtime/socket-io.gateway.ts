import type { JobEvent } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { Server as HttpServer } from 'node:http';
import { Server, type Namespace, type Socket } from 'socket.io';
import { DomainError } from '../platform/errors/index.js';
import { problemOf } from '../platform/http/index.js';
import { newId, parseId, typeId } from '../platform/ids/index.js';
import { log } from '../platform/telemetry/index.js';
import { BalanceFeed } from './balance-feed.service.js';
import { BudgetFeed } from './budget-feed.service.js';
import { Connections } from './connections.service.js';
import { Handshake, type Admitted } from './handshake.service.js';
import { JobFeed } from './job-feed.service.js';
import { MessageLimit } from './message-limit.js';

export const SOCKET_PATH = '/socket.io';
export const NAMESPACE = '/ws';
const SUBSCRIPTIONS_MAX = 100;
const CLIENT_BYTES_MAX = 16 * 1024;
/** Packets that may wait for the network before we wait with them. */
const BACKLOG_MAX = 128;
const STALL_MS = 30_000;

interface Caller extends Admitted {
  /** Job (uuid) → ends its subscription. */
  jobs: Map<string, AbortController>;
  limit: MessageLimit;
}
type Io = Socket<Record<string, (...given: unknown[]) => void>, Record<string, (data: object) => void>, Record<string, never>, Caller>;
type Answer = { ok: true } | { ok: false; error: { code: string; status: number; detail: string; jobId?: string } };

/** Everything a client may send. The isolation suite reads this list. */
export const SOCKET_EVENTS = ['subscribe:job', 'unsubscribe:job'] as const;
type SocketEvent = (typeof SOCKET_EVENTS)[number];

/** socket.io in namespace `/ws`: jobs by subscription, the balance and alerts of budgets by themselves. Every message is answered through its acknowledgement, faults also by `error`. */
@Injectable()
export class SocketIoGateway {
  private readonly log = log('realtime');
  private io: Server | undefined;

  constructor(
    private readonly handshake: Handshake,
    private readonly feed: JobFeed,
    private readonly balances: BalanceFeed,
    private readonly budgets: BudgetFeed,
    private readonly connections: Connections,
  ) {}

  attach(server: HttpServer): void {
    // Foreign upgrades are ours to answer, not engine.io's to cut off; no CORS headers, so browsers of other origins cannot poll.
    this.io = new Server(server, {
      path: SOCKET_PATH,
      serveClient: false,
      destroyUpgrade: false,
      maxHttpBufferSize: CLIENT_BYTES_MAX,
      pingInterval: 15_000,
      pingTimeout: 20_000,
      connectTimeout: 5_000,
      perMessageDeflate: false,
      httpCompression: false,
    });
    this.io.use((_socket, next) => next(new Error(`Connect to the namespace ${NAMESPACE}.`)));
    const namespace = this.io.of(NAMESPACE) as unknown as Namespace<Record<string, never>, Record<string, never>, Record<string, never>, Caller>;
    namespace.use((socket, next) => {
      this.admit(socket as unknown as Io).then(
        () => next(),
        (error: unknown) => next(connectError(error)),
      );
    });
    namespace.on('connection', (socket) => this.serve(socket as unknown as Io));
  }

  /** Lets go of all sockets; the HTTP server is closed by its owner. */
  close(): void {
    this.io?.of(NAMESPACE).disconnectSockets(true);
    this.io?.engine.close();
  }

  private async admit(socket: Io): Promise<void> {
    const token: unknown = socket.handshake.auth['token'];
    const admitted = await this.handshake.admit(socket.request, typeof token === 'string' && token !== '' ? token : undefined);
    Object.assign(socket.data, { ...admitted, jobs: new Map(), limit: new MessageLimit(20, 150) } satisfies Caller);
  }

  private serve(socket: Io): void {
    const { ctx, recheck, jobs } = socket.data;
    let release: () => void;
    try {
      release = this.connections.admit({ kind: 'socket.io', ctx, recheck, close: () => socket.disconnect(true) });
    } catch (error) {
      socket.emit('error', said(error));
      socket.disconnect(true);
      return;
    }
    const ends = [
      this.balances.watch(ctx, (balance) => socket.emit('balance:changed', balance)),
      this.budgets.watch(ctx, undefined, (alert) => socket.emit('budget:alert', alert)),
    ];
    socket.onAny((event: string, payload: unknown, ack: unknown) => void this.receive(socket, event, payload, ack));
    socket.once('disconnect', () => {
      release();
      for (const end of ends) end();
      for (const subscription of jobs.values()) subscription.abort();
    });
  }

  private async receive(socket: Io, event: string, payload: unknown, ack: unknown): Promise<void> {
    if (!socket.data.limit.take()) {
      socket.disconnect(true);
      return;
    }
    const asked = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<string, unknown>;
    let answer: Answer;
    try {
      await this.handle(socket, event as SocketEvent, asked);
      answer = { ok: true };
    } catch (error) {
      answer = { ok: false, error: { ...said(error), ...(typeof asked['jobId'] === 'string' && { jobId: asked['jobId'].slice(0, 64) }) } };
      socket.emit('error', answer.error);
    }
    if (typeof ack === 'function') (ack as (answer: Answer) => void)(answer);
  }

  private handle(socket: Io, event: SocketEvent, asked: Record<string, unknown>): Promise<void> | void {
    switch (event) {
      case 'subscribe:job':
        return this.subscribe(socket, parseId('job', asked['jobId']), afterIdOf(asked['lastEventId']));
      case 'unsubscribe:job':
        return socket.data.jobs.get(parseId('job', asked['jobId']))?.abort();
      default:
        throw new DomainError({ kind: 'malformed', code: 'unknown_event', detail: `There is no such event here. Send one of ${SOCKET_EVENTS.join(', ')}.` });
    }
  }

  /** Subscribing again starts the replay anew from the id given. */
  private async subscribe(socket: Io, jobId: string, afterId: number): Promise<void> {
    const { ctx, jobs } = socket.data;
    if (!jobs.has(jobId) && jobs.size >= SUBSCRIPTIONS_MAX) {
      throw new DomainError({
        kind: 'rate_limited',
        code: 'too_many_subscriptions',
        detail: `A socket follows at most ${SUBSCRIPTIONS_MAX} jobs. Unsubscribe from some first.`,
      });
    }
    jobs.get(jobId)?.abort();
    const subscription = new AbortController();
    jobs.set(jobId, subscription);
    const over = (): void => {
      if (jobs.get(jobId) === subscription) jobs.delete(jobId);
    };
    subscription.signal.addEventListener('abort', over);
    try {
      const events = await this.feed.open(ctx, jobId, afterId, subscription.signal);
      if (socket.disconnected) subscription.abort();
      void this.pump(socket, jobId, events ?? [], subscription.signal).finally(over);
    } catch (error) {
      over();
      throw error;
    }
  }

  private async pump(socket: Io, jobId: string, events: AsyncIterable<JobEvent[]> | [], signal: AbortSignal): Promise<void> {
    try {
      for await (const batch of events) {
        for (const event of batch) if (!signal.aborted) socket.emit(`job:${event.type}`, { ...event.data, eventId: event.id });
        if (!signal.aborted) await this.roomToSend(socket);
      }
    } catch (error) {
      this.log.debug({ err: error }, 'a subscription was ended');
      socket.emit('error', { ...said(error), jobId: typeId('job', jobId) });
    }
  }

  /** Waits while the network lags; cuts off a client that takes nothing. */
  private async roomToSend(socket: Io): Promise<void> {
    const engine = socket.conn as unknown as { writeBuffer: unknown[]; once(event: 'drain' | 'close', fn: () => void): void };
    if (engine.writeBuffer.length <= BACKLOG_MAX) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        socket.disconnect(true);
        resolve();
      }, STALL_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      engine.once('drain', done);
      engine.once('close', done);
    });
  }
}

function said(error: unknown): { code: string; status: number; detail: string } {
  const { code, status, detail } = problemOf(error, { id: newId(), url: NAMESPACE });
  return { code, status, detail };
}

/** What the client finds in `connect_error`: `data` carries code and status. */
function connectError(error: unknown): Error {
  const data = said(error);
  return Object.assign(new Error(data.detail), { data });
}

function afterIdOf(given: unknown): number {
  if (given === undefined || given === null) return 0;
  const id = Number(given);
  if (Number.isSafeInteger(id) && id >= 0) return id;
  throw new DomainError({
    kind: 'malformed',
    code: 'not_an_event_id',
    detail: 'lastEventId is not the id of an event of this job. Send the `eventId` of the last event you have, or leave it out.',
  });
}
