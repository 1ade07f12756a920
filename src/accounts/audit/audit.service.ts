import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../platform/http/index.js';
import { isTypeId, parseId, typeId } from '../../platform/ids/index.js';
import type { AuditEntryDto, AuditPageDto, AuditQuery, AuditVerificationDto } from './audit.dto.js';
import { AuditRepository, type StoredEntry } from './audit.repository.js';
import { CHAIN_START, follow, type ChainFault, type ChainHead } from './chain.js';
import type { AuditContext, AuditNote } from './entry.js';

const VERIFY_PAGE = 1000;

/** Who did what. Written in the transaction of the change, so that there is no change without its entry and no entry without its change. */
@Injectable()
export class Audit {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: AuditRepository,
  ) {}

  /** Records inside the caller's transaction (of the tenant or of the system). */
  record(em: EntityManager, ctx: AuditContext, note: AuditNote): Promise<void> {
    return this.repository.insert(em, ctx, note);
  }

  /** Records what changed nothing: a refused attempt, a look at something. */
  note(ctx: AuditContext, note: AuditNote): Promise<void> {
    return this.tx.run(ctx, (em) => this.repository.insert(em, ctx, note));
  }

  async list(ctx: Ctx, query: AuditQuery): Promise<AuditPageDto> {
    if (query.actorId !== undefined && !isTypeId('usr', query.actorId)) {
      throw invalid([{ pointer: '/actorId', code: 'not_an_id', message: 'actorId is not the id of a user.', fix: 'Send an id that begins with usr_.' }]);
    }
    const filter = {
      ...query,
      actorId: query.actorId === undefined ? undefined : parseId('usr', query.actorId),
      after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
      limit: query.limit + 1,
    };
    const found = await this.tx.run(ctx, (em) => this.repository.list(em, filter));
    const result = page(found, query.limit, (entry) => encodeCursor(entry.at, entry.id));
    return { ...result, data: result.data.map(toEntryDto) };
  }

  /** Recomputes the whole chain. Reads in pages, so that a long log holds no long transaction. */
  async verify(ctx: Ctx): Promise<AuditVerificationDto> {
    const { stored, unsealed } = await this.tx.run(ctx, async (em) => ({
      stored: (await this.repository.head(em)) ?? CHAIN_START,
      unsealed: await this.repository.countUnsealed(em),
    }));
    let head: ChainHead = CHAIN_START;
    let fault: ChainFault | undefined;
    while (!fault && head.seq < stored.seq) {
      const entries = await this.tx.run(ctx, (em) => this.repository.sealedAfter(em, head.seq, VERIFY_PAGE));
      // Entries sealed since the head was read are for the next verification.
      const upToHead = entries.filter((entry) => entry.seq <= stored.seq);
      if (upToHead.length === 0) fault = { seq: head.seq + 1, reason: 'missing' };
      else ({ head, fault } = follow(head, upToHead));
    }
    if (!fault && !head.hash.equals(stored.hash)) fault = { seq: stored.seq, reason: 'head_mismatch' };
    return { ok: !fault, sealed: head.seq, unsealed, head: stored.hash.toString('hex'), ...(fault ? { fault } : {}) };
  }
}

const toEntryDto = (entry: StoredEntry): AuditEntryDto => ({
  id: typeId('aud', entry.id),
  at: entry.at,
  actor: {
    kind: entry.actorKind,
    ...(entry.actorId === null ? {} : { userId: typeId('usr', entry.actorId) }),
    ...(entry.via === null ? {} : { via: entry.via }),
  },
  action: entry.action,
  target: entry.target,
  before: entry.before,
  after: entry.after,
  ip: entry.ip,
  requestId: entry.requestId,
  seq: entry.seq,
  hash: entry.hash?.toString('hex') ?? null,
});
