import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { outsideTransaction } from '../../platform/database/index.js';
import { log } from '../../platform/telemetry/index.js';
import { KeyUpkeep } from '../api-keys/index.js';
import { Sessions } from '../sessions/index.js';
import { credentialId, type Identity } from './identity.js';

const WRITE_EVERY_MS = 15_000;
/** "Last used" is true to about a minute; a busy key costs one row a minute, not one a request. */
const COARSE_MS = 45_000;

interface Use {
  id: string;
  kind: 'user' | 'key';
  at: Date;
  ip: string;
}

/** Collects when sessions and keys were last used, and writes it now and then in one statement. */
@Injectable()
export class LastUse implements OnModuleInit, OnApplicationShutdown {
  private readonly log = log('accounts/access');
  private readonly notedAt = new Map<string, number>();
  private pending = new Map<string, Use>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: Sessions,
    private readonly keys: KeyUpkeep,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void outsideTransaction(() => this.write()), WRITE_EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  note(identity: Identity, ip: string): void {
    const id = credentialId(identity);
    const at = this.clock.now();
    if (at.getTime() - (this.notedAt.get(id) ?? 0) < COARSE_MS) return;
    this.notedAt.set(id, at.getTime());
    this.pending.set(id, { id, kind: identity.actor.kind, at, ip });
  }

  /** What cannot be written now is written with the next batch. */
  async write(): Promise<void> {
    const uses = this.pending;
    const horizon = this.clock.now().getTime() - COARSE_MS;
    for (const [id, at] of this.notedAt) if (at < horizon) this.notedAt.delete(id);
    if (uses.size === 0) return;
    this.pending = new Map();
    try {
      const all = [...uses.values()];
      await this.sessions.touch(all.filter((use) => use.kind === 'user'));
      await this.keys.touch(all.filter((use) => use.kind === 'key'));
    } catch (error) {
      this.log.warn({ err: error }, 'last uses could not be written; trying again');
      this.pending = new Map([...uses, ...this.pending]);
    }
  }
}
