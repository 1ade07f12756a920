import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { outsideTransaction, SystemTx } from '../../platform/database/index.js';
import { RevocationFeed } from '../../platform/http/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { SessionsSystemRepository } from './sessions.system.repository.js';

const LOOK_EVERY_MS = 2000;
/** Reads further back than the last look, for transactions that were slow to commit. */
const OVERLAP_SECONDS = 60;
/** Long after every socket and cached answer of a revoked id is gone. */
const REMEMBER_MS = 600_000;

/** Ids revoked during the last `seconds`. */
export type RevocationSource = (seconds: number) => Promise<string[]>;

/**
 * The sessions and keys that ended lately, in memory, so that sockets and cached rights can ask for every message. Truth is in the rows: a wake-up only
 * hastens the look that every process takes every 2 s, so a revocation is known everywhere within 5 s even when no wake-up arrives.
 */
@Injectable()
export class Revocations extends RevocationFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly log = log('accounts/sessions');
  private readonly revoked = new Map<string, number>();
  private readonly sources: RevocationSource[] = [];
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private looking: Promise<void> | undefined;
  private askedMeanwhile = false;
  private lookedAt: number;

  constructor(
    system: SystemTx,
    repository: SessionsSystemRepository,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {
    super();
    this.lookedAt = clock.now().getTime();
    this.addSource((seconds) => system.run('revocations: sessions', (em) => repository.revokedWithin(em, seconds)));
  }

  /** Other rooms whose credentials can be revoked register here, in `onModuleInit`. */
  addSource(source: RevocationSource): void {
    this.sources.push(source);
  }

  override isRevoked(id: string): boolean {
    return this.revoked.has(id);
  }

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('revoked', () => this.look());
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe?.();
    await this.looking;
  }

  /** One look at a time, and one more when somebody asked meanwhile: it sees what was committed before they asked. */
  private look(): void {
    if (this.looking) {
      this.askedMeanwhile = true;
      return;
    }
    this.looking = this.read().finally(() => {
      this.looking = undefined;
      if (!this.askedMeanwhile) return;
      this.askedMeanwhile = false;
      this.look();
    });
  }

  private async read(): Promise<void> {
    const now = this.clock.now().getTime();
    const seconds = Math.ceil((now - this.lookedAt) / 1000) + OVERLAP_SECONDS;
    try {
      const found = await outsideTransaction(() => Promise.all(this.sources.map((source) => source(seconds))));
      for (const id of found.flat()) if (!this.revoked.has(id)) this.revoked.set(id, now);
      this.lookedAt = now;
    } catch (error) {
      this.log.warn({ err: error }, 'revocations could not be read; trying again');
    }
    for (const [id, since] of this.revoked) if (now - since > REMEMBER_MS) this.revoked.delete(id);
  }
}
