import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { onCommit, TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Outbox, Wakeups } from '../../platform/outbox/index.js';
import { Audit } from '../audit/index.js';
import { hashSecret, personOf } from '../sessions/index.js';
import type { ApiKey, KeyGrant } from './api-key.js';
import { toApiKeyDto, type ApiKeyPageDto, type CreateApiKeyDto, type UpdateApiKeyDto } from './api-keys.dto.js';
import { keyRevoked, notYourKey } from './api-keys.errors.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { lookupOf, newKey } from './key-format.js';
import { KeyRules } from './key-rules.service.js';
import { widens } from './key-terms.js';

const OVERLAP_HOURS = 24;
const instant = (text: string | null | undefined): Date | null => (text === null || text === undefined ? null : new Date(text));
/** Who administers members also sees, narrows and ends their keys; the secret and what it can do stay the owner's. */
const mayAdminister = (ctx: Ctx): boolean => ctx.permissions.has('member:write');
const termsOf = ({ name, scopes, expiresAt, ipAllow }: ApiKey): object => ({ name, scopes, expiresAt, ipAllow });

@Injectable()
export class ApiKeys {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ApiKeysRepository,
    private readonly rules: KeyRules,
    private readonly audit: Audit,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  async list(ctx: Ctx, query: PageQuery): Promise<ApiKeyPageDto> {
    const ownerId = mayAdminister(ctx) ? undefined : personOf(ctx).userId;
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.list(em, { ownerId, after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (key) => encodeCursor(key.cursorAt, key.id));
    return { ...result, data: result.data.map(toApiKeyDto) };
  }

  /** The secret is in this answer only. @throws 403 `plan_required`, 422. */
  async create(ctx: Ctx, wish: CreateApiKeyDto): Promise<{ key: ApiKey; secret: string }> {
    const { userId: ownerId } = personOf(ctx);
    await this.rules.requirePlan(ctx);
    const terms = { name: wish.name, scopes: wish.scopes, expiresAt: instant(wish.expiresAt), ipAllow: wish.ipAllow ?? [] };
    await this.rules.requireTerms(ctx, { ownerId }, terms);
    const { key: secret, lookup } = newKey();
    const key = await this.tx.run(ctx, async (em) => {
      const made = await this.repository.insert(em, { id: newId(), tenantId: ctx.tenantId, ownerId, lookup, ...terms }, hashSecret(secret));
      await this.record(em, ctx, 'key.created', made, undefined, termsOf(made));
      return made;
    });
    return { key, secret };
  }

  /** Fields that are left out stay as they are. @throws 403 `permission_denied` for who gives somebody else's key more, 422 */
  async update(ctx: Ctx, id: string, change: UpdateApiKeyDto): Promise<ApiKey> {
    return this.tx.run(ctx, async (em) => {
      const before = await this.lockLive(em, ctx, id);
      const after: ApiKey = {
        ...before,
        name: change.name ?? before.name,
        scopes: change.scopes ?? before.scopes,
        expiresAt: change.expiresAt === undefined ? before.expiresAt : instant(change.expiresAt),
        ipAllow: change.ipAllow === undefined ? before.ipAllow : (change.ipAllow ?? []),
      };
      if (before.ownerId !== personOf(ctx).userId && widens(before, after)) throw notYourKey('give more to');
      await this.rules.requireTerms(ctx, { ownerId: before.ownerId, madeAt: before.createdAt }, after);
      const written = await this.repository.update(em, after);
      await this.record(em, ctx, 'key.updated', before, termsOf(before), termsOf(written));
      this.forgetAfterCommit(id);
      return written;
    });
  }

  /** A key of the context's tenant, whoever owns it, revoked or not; null for every other. */
  async find(ctx: { tenantId: string }, id: string): Promise<ApiKey | null> {
    return (await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId, id))) ?? null;
  }

  /** A new secret for the same key; the old one works on for `overlapHours`. Rotating again ends the one before. @throws 403 for anybody but the owner */
  async rotate(ctx: Ctx, id: string, overlapHours: number = OVERLAP_HOURS): Promise<{ key: ApiKey; secret: string }> {
    await this.rules.requirePlan(ctx);
    const { key: secret, lookup } = newKey();
    const key = await this.tx.run(ctx, async (em) => {
      const { ownerId } = await this.lockLive(em, ctx, id);
      if (ownerId !== personOf(ctx).userId) throw notYourKey('rotate');
      const rotated = await this.repository.rotate(em, id, { lookup, secretHash: hashSecret(secret) }, overlapHours);
      await this.record(em, ctx, 'key.rotated', rotated, undefined, { overlapHours });
      this.forgetAfterCommit(id);
      return rotated;
    });
    return { key, secret };
  }

  /** Ends a key for good. Twice is once. */
  async revoke(ctx: Ctx, id: string): Promise<void> {
    await this.tx.run(ctx, async (em) => {
      const key = await this.lock(em, ctx, id);
      if (!key.revokedAt) await this.end(em, ctx, id);
    });
  }

  /** Ends every key a person has in the context's tenant. */
  async revokeAllOf(ctx: Ctx, ownerId: string): Promise<void> {
    await this.tx.run(ctx, async (em) => {
      for (const id of await this.repository.liveOf(em, ownerId)) await this.end(em, ctx, id);
    });
  }

  /** Before the tenant is known. A key with a wrong form or checksum is refused without asking the database. */
  async findGrant(secret: string): Promise<KeyGrant | undefined> {
    const lookup = lookupOf(secret);
    return lookup === null ? undefined : this.repository.findGrant(lookup, hashSecret(secret));
  }

  private async end(em: EntityManager, ctx: Ctx, id: string): Promise<void> {
    await this.repository.revoke(em, id);
    await this.record(em, ctx, 'key.revoked', { id });
    await this.outbox.emit(em, ctx.tenantId, 'key.revoked', { keyId: id });
    this.forgetAfterCommit(id);
  }

  private async lock(em: EntityManager, ctx: Ctx, id: string): Promise<ApiKey> {
    const key = await this.repository.lock(em, id);
    if (!key || (!mayAdminister(ctx) && key.ownerId !== personOf(ctx).userId)) throw notFound('key');
    return key;
  }

  private async lockLive(em: EntityManager, ctx: Ctx, id: string): Promise<ApiKey> {
    const key = await this.lock(em, ctx, id);
    if (key.revokedAt) throw keyRevoked();
    return key;
  }

  private record(em: EntityManager, ctx: Ctx, action: string, key: { id: string }, before?: object, after?: object): Promise<void> {
    return this.audit.record(em, ctx, { action, target: typeId('key', key.id), before, after });
  }

  /** Every process drops what it remembers of the key. */
  private forgetAfterCommit(id: string): void {
    onCommit(() => this.wakeups.wake('revoked', id));
  }
}
