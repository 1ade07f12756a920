import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../context/index.js';
import { SystemTx, TenantTx } from '../database/index.js';
import { Sweeper } from '../outbox/index.js';
import type { IdempotencyClaim } from './idempotency-claim.js';
import { keyInProgress, keyReused } from './idempotency.errors.js';
import { IdempotencyRepository, type IdempotencyIdentity } from './idempotency.repository.js';
import { IdempotencySystemRepository } from './idempotency.system.repository.js';

export interface StoredResponse {
  status: number;
  body: unknown;
}

/** How long a request may run before another with its key may take over. */
const CLAIM_MS = 60_000;
const SWEEP_MS = 600_000;
const SWEEP_BATCH = 5000;

/**
 * Answers a repeated request with the first answer, for 24 hours; a key belongs to tenant, actor and route.
 * Services that must not do a thing twice call `find` and `store` in the very transaction that does it; for all others the interceptor
 * calls `claim`, `keep` and `release` around the handler.
 */
@Injectable()
export class Idempotency implements OnModuleInit {
  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly sweeper: Sweeper,
    private readonly keys: IdempotencyRepository,
    private readonly old: IdempotencySystemRepository,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('idempotency: forget old keys', SWEEP_MS, async () => {
      while ((await this.system.run('forget idempotency keys', (em) => this.old.forgetOld(em, SWEEP_BATCH))) === SWEEP_BATCH);
    });
  }

  /** The answer an earlier request with this key got, or null. @throws DomainError 422 `idempotency_key_reused` when that request was another */
  async find(em: EntityManager, ctx: Ctx, idem: IdempotencyClaim): Promise<StoredResponse | null> {
    if (idem.key === undefined) return null;
    const found = await this.keys.find(em, identity(ctx, idem, idem.key));
    if (!found || (found.status === null && found.lapsed)) return null;
    if (found.bodyHash !== idem.bodyHash) throw keyReused();
    return found.status === null ? null : { status: found.status, body: found.body };
  }

  /**
   * Keeps the answer in the caller's transaction; without a key it does nothing.
   * @throws DomainError 409 `idempotency_in_progress` when a twin was faster: roll back, its answer is there on the next try
   */
  async store(em: EntityManager, ctx: Ctx, idem: IdempotencyClaim, status: number, body: unknown): Promise<void> {
    if (idem.key === undefined) return;
    if (!(await this.keys.store(em, identity(ctx, idem, idem.key), idem.bodyHash, status, body))) throw keyInProgress();
  }

  /** Takes the key for a minute and gives null, or gives the answer it already has. @throws DomainError 422 `…_reused`, 409 `…_in_progress` */
  async claim(ctx: Ctx, idem: IdempotencyClaim, key: string): Promise<StoredResponse | null> {
    const id = identity(ctx, idem, key);
    return this.tx.run(ctx, async (em) => {
      if (await this.keys.claim(em, id, idem.bodyHash, CLAIM_MS)) return null;
      const found = await this.keys.find(em, id);
      if (found && found.bodyHash !== idem.bodyHash) throw keyReused();
      if (!found || found.status === null) throw keyInProgress();
      return { status: found.status, body: found.body };
    });
  }

  /** Keeps the answer of a claimed request, unless the service has kept one already. */
  async keep(ctx: Ctx, idem: IdempotencyClaim, key: string, response: StoredResponse): Promise<void> {
    await this.tx.run(ctx, (em) => this.keys.store(em, identity(ctx, idem, key), idem.bodyHash, response.status, response.body));
  }

  /** Gives a claimed key back: the request failed in a way that a repetition may mend. */
  async release(ctx: Ctx, idem: IdempotencyClaim, key: string): Promise<void> {
    await this.tx.run(ctx, (em) => this.keys.release(em, identity(ctx, idem, key)));
  }
}

/** A person keeps the key across sessions; an API key has keys of its own. */
function identity({ tenantId, actor }: Ctx, { route }: IdempotencyClaim, key: string): IdempotencyIdentity {
  const who = actor.kind === 'key' ? `key:${actor.keyId}` : actor.kind === 'user' ? `user:${actor.userId}` : `system:${actor.name}`;
  return { tenantId, actor: who, route, key };
}
