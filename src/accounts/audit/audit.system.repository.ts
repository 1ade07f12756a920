import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { ENTRY_COLUMNS, type StoredEntry } from './audit.repository.js';
import { CHAIN_START, type ChainHead, type SealedEntry } from './chain.js';

/** Sealing works across tenants. The only update it may make is to give an entry its place and hash. */
@Injectable()
export class AuditSystemRepository {
  async tenantsToSeal(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ id: string }>(em, 'SELECT DISTINCT tenant_id AS id FROM audit_entry WHERE seq IS NULL LIMIT $1', [limit]);
    return found.map((row) => row.id);
  }

  /** The locked end of the tenant's chain, or undefined when another process is sealing it. */
  async lockHead(em: EntityManager, tenantId: string): Promise<ChainHead | undefined> {
    await rows(em, 'INSERT INTO audit_head (tenant_id, seq, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [tenantId, CHAIN_START.seq, CHAIN_START.hash]);
    return (await rows<ChainHead>(em, 'SELECT seq::float8 AS seq, hash FROM audit_head WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED', [tenantId]))[0];
  }

  unsealed(em: EntityManager, tenantId: string, limit: number): Promise<StoredEntry[]> {
    return rows<StoredEntry>(em, `SELECT ${ENTRY_COLUMNS} FROM audit_entry e WHERE tenant_id = $1 AND seq IS NULL ORDER BY e.at, e.id LIMIT $2`, [
      tenantId,
      limit,
    ]);
  }

  async writeSeals(em: EntityManager, tenantId: string, sealed: readonly SealedEntry[]): Promise<void> {
    const last = sealed.at(-1)!;
    await rows(
      em,
      `UPDATE audit_entry e SET seq = s.seq, hash = s.hash FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS s(id, seq, hash) WHERE e.id = s.id`,
      [sealed.map((e) => e.id), sealed.map((e) => e.seq), sealed.map((e) => e.hash)],
    );
    await rows(em, 'UPDATE audit_head SET seq = $2, hash = $3, sealed_at = now() WHERE tenant_id = $1', [tenantId, last.seq, last.hash]);
  }
}
