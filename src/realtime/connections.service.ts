import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigOf } from '../platform/config/index.js';
import type { Ctx } from '../platform/context/index.js';
import { DomainError, type ErrorKind } from '../platform/errors/index.js';
import { RevocationFeed } from '../platform/http/index.js';
import { Wakeups } from '../platform/outbox/index.js';
import { Metrics } from '../platform/telemetry/index.js';
import { realtimeConfig } from './settings.js';

/** Why we end a connection. */
export type Ending = 'revoked' | 'expired' | 'shutdown';
export type ConnectionKind = 'sse' | 'ws' | 'socket.io';

export interface Connection {
  kind: ConnectionKind;
  ctx: Ctx;
  close(why: Ending): void;
  /** The caller as of now; throws when they would no longer be let in. */
  recheck(): Promise<Ctx>;
}
interface Held extends Connection {
  openedAt: number;
  recheckedAt: number;
}

const LOOK_MS = 2000;
/** Rights that were changed are found out at once by the news of it, and at the latest after this. */
const RECHECK_MS = 15_000;

/** Every open stream and socket of this process: bounded per caller, ended on revocation, after an hour, and when the program stops. */
@Injectable()
export class Connections implements OnModuleInit, BeforeApplicationShutdown {
  private readonly held = new Set<Held>();
  private readonly open;
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: () => void = () => undefined;
  private stopping = false;

  constructor(
    @Inject(realtimeConfig.token) private readonly settings: ConfigOf<typeof realtimeConfig>,
    private readonly revocations: RevocationFeed,
    private readonly wakeups: Wakeups,
    metrics: Metrics,
  ) {
    this.open = metrics.gauge('atelier_streams_open', 'Open event streams and sockets of this process.', ['kind']);
  }

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('revoked', (id) => this.heed(id));
    this.timer = setInterval(() => this.look(Date.now()), LOOK_MS).unref();
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    clearInterval(this.timer);
    this.unsubscribe();
    for (const connection of [...this.held]) this.end(connection, 'shutdown');
  }

  /**
   * Registers a connection; call the returned function when it is over.
   * @throws DomainError 429 `too_many_streams`, 503 `shutting_down`
   */
  admit(connection: Connection): () => void {
    if (this.stopping)
      throw new DomainError({
        kind: 'unavailable',
        code: 'shutting_down',
        detail: 'This process is stopping. Connect again; another one answers.',
        retryAfterSeconds: 1,
      });
    const credential = credentialOf(connection.ctx);
    const mine = [...this.held].filter((held) => credentialOf(held.ctx) === credential).length;
    if (mine >= this.settings.streamsPerCaller) {
      throw new DomainError({
        kind: 'rate_limited',
        code: 'too_many_streams',
        detail: `You hold ${mine} streams open, as many as are allowed. Close one, or follow several jobs through one socket.`,
        retryAfterSeconds: 5,
      });
    }
    const now = Date.now();
    const held: Held = { ...connection, openedAt: now, recheckedAt: now };
    this.held.add(held);
    this.open.inc({ kind: held.kind });
    return () => this.forget(held);
  }

  private look(now: number): void {
    this.endRevoked((credential) => this.revocations.isRevoked(credential));
    for (const connection of [...this.held]) {
      if (now - connection.openedAt > this.settings.streamMaxMinutes * 60_000) this.end(connection, 'expired');
      else if (now - connection.recheckedAt > RECHECK_MS) void this.recheck(connection, now);
    }
  }

  /** News about a session, key, person or tenant. Those who remember rights forget them in the same moment, hence the look after it. */
  private heed(id: string): void {
    this.endRevoked((credential) => credential === id);
    setImmediate(() => {
      for (const connection of [...this.held]) {
        const { actor, tenantId } = connection.ctx;
        if (tenantId === id || (actor.kind !== 'system' && actor.userId === id)) void this.recheck(connection, Date.now());
      }
    });
  }

  /** What was opened under other rights ends; the client comes back and gets what it may have now. */
  private async recheck(connection: Held, now: number): Promise<void> {
    connection.recheckedAt = now;
    try {
      if (!mayStay(connection.ctx, await connection.recheck())) this.end(connection, 'revoked');
    } catch (error) {
      // Only a refusal ends it; while the database is away nobody can be refused.
      if (error instanceof DomainError && REFUSALS.has(error.kind)) this.end(connection, 'revoked');
    }
  }

  private endRevoked(isRevoked: (credential: string) => boolean): void {
    for (const connection of [...this.held]) {
      const credential = credentialOf(connection.ctx);
      if (credential && isRevoked(credential)) this.end(connection, 'revoked');
    }
  }

  private end(connection: Held, why: Ending): void {
    if (!this.held.has(connection)) return;
    this.forget(connection);
    connection.close(why);
  }

  private forget(connection: Held): void {
    if (this.held.delete(connection)) this.open.dec({ kind: connection.kind });
  }
}

const REFUSALS: ReadonlySet<ErrorKind> = new Set(['unauthenticated', 'forbidden', 'not_found']);

const mayStay = (before: Ctx, now: Ctx): boolean =>
  now.permissions.has('job:read') &&
  now.tenantId === before.tenantId &&
  now.role === before.role &&
  now.permissions.size === before.permissions.size &&
  [...now.permissions].every((permission) => before.permissions.has(permission));

const credentialOf = ({ actor }: Ctx): string | null => (actor.kind === 'user' ? actor.sessionId : actor.kind === 'key' ? actor.keyId : null);
