import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export interface KeyUse {
  id: string;
  at: Date;
  ip: string;
}

/** Bookkeeping over the keys of all tenants. */
@Injectable()
export class ApiKeysSystemRepository {
  async revokedWithin(em: EntityManager, seconds: number): Promise<string[]> {
    return (await rows<{ id: string }>(em, 'SELECT id FROM api_key WHERE revoked_at > now() - make_interval(secs => $1)', [seconds])).map((row) => row.id);
  }

  async touch(em: EntityManager, uses: readonly KeyUse[]): Promise<void> {
    await rows(
      em,
      `UPDATE api_key k SET last_used_at = greatest(k.last_used_at, u.at), last_used_ip = u.ip FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS u(id, at, ip) WHERE k.id = u.id`,
      [uses.map((u) => u.id), uses.map((u) => u.at), uses.map((u) => u.ip)],
    );
  }
}
