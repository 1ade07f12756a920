import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { assertNoTransaction } from '../../platform/database/index.js';
import { DomainError } from '../../platform/errors/index.js';
import { normalPassword } from './password.js';

/** Domain §1 (OWASP): argon2id, 19 MiB, two passes. `2` is argon2id; the package's enum is const and cannot be imported here. */
const ARGON = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** A hash takes about 30 ms of one core: two at once leave room for everybody else, and a line of more than 128 (two seconds) is refused. */
const AT_ONCE = 2;
const WAITING_MAX = 128;

/** Hashes passwords without letting sign-ins take the machine. */
@Injectable()
export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(normalPassword(password), ARGON));
  }

  /** With no hash to compare, one is computed all the same: a stranger must not learn by the clock who has an account. */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await (this.decoy ??= this.hash('nobody has this password')));
    const matches = await this.inTurn(() => verify(against, normalPassword(password)));
    return matches && stored !== null && stored !== undefined;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    assertNoTransaction('Password hashing');
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= WAITING_MAX) {
        throw new DomainError({
          kind: 'unavailable',
          code: 'sign_in_busy',
          detail: 'Too many people are signing in at this moment. Try again in a few seconds.',
          retryAfterSeconds: 2,
        });
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
