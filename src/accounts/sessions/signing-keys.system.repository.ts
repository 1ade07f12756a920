import type { JsonWebKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export interface StoredSigningKey {
  kid: string;
  publicJwk: JsonWebKey;
  privateSealed: Buffer;
  createdAt: Date;
}

@Injectable()
export class SigningKeysSystemRepository {
  /** Newest first. */
  list(em: EntityManager): Promise<StoredSigningKey[]> {
    return rows<StoredSigningKey>(
      em,
      'SELECT kid, public_jwk AS "publicJwk", private_sealed AS "privateSealed", created_at AS "createdAt" FROM signing_key ORDER BY created_at DESC, kid',
    );
  }

  /** Of several processes that want to make a key at once, one makes it. */
  async lock(em: EntityManager): Promise<void> {
    await rows(em, `SELECT pg_advisory_xact_lock(hashtext('atelier signing keys'))`);
  }

  async insert(em: EntityManager, key: Omit<StoredSigningKey, 'createdAt'>): Promise<void> {
    await rows(em, 'INSERT INTO signing_key (kid, public_jwk, private_sealed) VALUES ($1, $2::jsonb, $3)', [
      key.kid,
      JSON.stringify(key.publicJwk),
      key.privateSealed,
    ]);
  }

  async deleteOlderThan(em: EntityManager, days: number): Promise<void> {
    await rows(
      em,
      `DELETE FROM signing_key k WHERE created_at < now() - make_interval(days => $1) AND EXISTS (SELECT 1 FROM signing_key n WHERE n.created_at > k.created_at)`,
      [days],
    );
  }
}
