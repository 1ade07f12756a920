import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { SCOPES, type Counter, type Scope } from './slowdown.js';

export type Counters = Record<Scope, Counter>;
export type CounterKeys = Record<Scope, Buffer>;

/** Counted before anybody is known. Keys are hashes. */
@Injectable()
export class SignInAttemptsSystemRepository {
  /** The three counters of an attempt under lock, and the database's time. Always in one order, so that attempts do not block each other in a circle. */
  async lock(em: EntityManager, keys: CounterKeys): Promise<{ counters: Counters; now: Date }> {
    const scopes = [...SCOPES];
    const values = [scopes, scopes.map((scope) => keys[scope])];
    await rows(em, 'INSERT INTO login_attempt (scope, key) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING', values);
    const found = await rows<Counter & { scope: Scope; now: Date }>(
      em,
      `SELECT l.scope, l.failures, l.counted_at AS "countedAt", l.blocked_until AS "blockedUntil", l.succeeded_at AS "succeededAt", clock_timestamp() AS now
       FROM login_attempt l JOIN unnest($1::text[], $2::bytea[]) AS k(scope, key) ON k.scope = l.scope AND k.key = l.key ORDER BY l.scope, l.key FOR UPDATE OF l`,
      values,
    );
    return { counters: Object.fromEntries(found.map((row) => [row.scope, row])) as unknown as Counters, now: found[0]!.now };
  }

  async write(em: EntityManager, keys: CounterKeys, counters: Counters): Promise<void> {
    const of = <T>(pick: (scope: Scope) => T): T[] => SCOPES.map(pick);
    await rows(
      em,
      `UPDATE login_attempt l SET failures = n.failures, counted_at = n.counted_at, blocked_until = n.blocked_until, succeeded_at = n.succeeded_at
       FROM unnest($1::text[], $2::bytea[], $3::float8[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[]) AS n(scope, key, failures, counted_at, blocked_until, succeeded_at)
       WHERE l.scope = n.scope AND l.key = n.key`,
      [
        of((s) => s),
        of((s) => keys[s]),
        of((s) => counters[s].failures),
        of((s) => counters[s].countedAt),
        of((s) => counters[s].blockedUntil),
        of((s) => counters[s].succeededAt),
      ],
    );
  }

  /** Counts that have faded; where somebody signed in well is remembered for 30 days. */
  async deleteFaded(em: EntityManager, seconds: number): Promise<void> {
    await rows(
      em,
      `DELETE FROM login_attempt WHERE counted_at < now() - make_interval(secs => $1) AND (succeeded_at IS NULL OR succeeded_at < now() - interval '30 days')`,
      [seconds],
    );
  }
}
