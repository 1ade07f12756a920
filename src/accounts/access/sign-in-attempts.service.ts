import { createHash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { tooManyAttempts } from './access.errors.js';
import { SignInAttemptsSystemRepository, type CounterKeys, type Counters } from './sign-in-attempts.system.repository.js';
import { blockedMs, countAttempt, countSuccess, FORGOTTEN_MS, networkOf, SCOPES, uncount, type Scope } from './slowdown.js';

/** One attempt that has been let through and counted; `succeed` or `takeBack` corrects the count. */
export interface Attempt {
  readonly keys: CounterKeys;
}

const hash = (...parts: string[]): Buffer => createHash('sha256').update(parts.join('\n'), 'utf8').digest();
const each = (counters: Counters, change: (scope: Scope) => Counters[Scope]): Counters =>
  Object.fromEntries(SCOPES.map((scope) => [scope, change(scope)])) as Counters;

/** Slows guessing of passwords, for accounts that exist and for those that do not alike. Rules: `slowdown.ts`. */
@Injectable()
export class SignInAttempts implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: SignInAttemptsSystemRepository,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('login-attempts', 3_600_000, () =>
      this.system.run('login attempts: forget', (em) => this.repository.deleteFaded(em, FORGOTTEN_MS / 1000)),
    );
  }

  /** `what` is the account as the caller named it. @throws 429 `too_many_attempts` with Retry-After; a refused attempt does not count. */
  async begin(what: string, ip: string): Promise<Attempt> {
    const network = networkOf(ip);
    const keys = { account: hash('account', what), network: hash('network', network), pair: hash('pair', what, network) };
    const blocked = await this.system.run('login attempt', async (em) => {
      const { counters, now } = await this.repository.lock(em, keys);
      const wait = blockedMs(counters, now);
      if (wait <= 0)
        await this.repository.write(
          em,
          keys,
          each(counters, (scope) => countAttempt(scope, counters[scope], now)),
        );
      return wait;
    });
    if (blocked > 0) throw tooManyAttempts(Math.ceil(blocked / 1000));
    return { keys };
  }

  /** Inside the system transaction that signs in. */
  async succeed(em: EntityManager, { keys }: Attempt): Promise<void> {
    const { counters, now } = await this.repository.lock(em, keys);
    await this.repository.write(
      em,
      keys,
      each(counters, (scope) => countSuccess(scope, counters[scope], now)),
    );
  }

  /** For an attempt that could not be judged, through no fault of who made it. */
  async takeBack({ keys }: Attempt): Promise<void> {
    await this.system.run('login attempt: take back', async (em) => {
      const { counters, now } = await this.repository.lock(em, keys);
      await this.repository.write(
        em,
        keys,
        each(counters, (scope) => uncount(counters[scope], now)),
      );
    });
  }
}
