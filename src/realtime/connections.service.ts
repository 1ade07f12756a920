import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigOf } from '../platform/config/index.js';
import type { Ctx } from '../platform/context/index.js';
import { DomainError } from '../platform/errors/index.js';
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
  /** Authenticates the opening request once more; throws when it would no longer be let in. Absent where the credential is short-lived by itself. */
  recheck?(): Promise<unknown>;
}
interface Held extends Connection {
  openedAt: number;
  recheckedAt: number;
}

const LOOK_MS = 2000;
/** A cookie or key whose owner has lost the right to be here is found out at the latest after this. */
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
    this.unsubscribe = this.wakeups.subscribe('revoked', (id) => this.endRevoked((credential) => credential === id));
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
      else if (connection.recheck && now - connection.recheckedAt > RECHECK_MS) {
        connection.recheckedAt = now;
        // Only a refusal ends it; while the database is away nobody can be refused.
        connection
          .recheck()
          .catch(
            (error: unknown) =>
              error instanceof DomainError && (error.kind === 'unauthenticated' || error.kind === 'forbidden') && this.end(connection, 'revoked'),
          );
      }
    }
  }

  private endRevoked(isRevoked: (credential: string) => boolean): void {
    for (const connection of [...this.held]) {
      const credential = credentialOf(connection.ctx);
      if (credential && isRevoked(credential)) this.end(connection, 'revoked');
    }
  }

  private end(connection: Held, why: Ending): void {
    this.forget(connection);
    connection.close(why);
  }

  private forget(connection: Held): void {
    if (this.held.delete(connection)) this.open.dec({ kind: connection.kind });
  }
}

const credentialOf = ({ actor }: Ctx): string | null => (actor.kind === 'user' ? actor.sessionId : actor.kind === 'key' ? actor.keyId : null);
