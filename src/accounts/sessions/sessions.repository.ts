import { Injectable } from '@nestjs/common';
import { AppDb } from '../../platform/database/index.js';
import type { SessionGrant } from './session.js';

const COLUMNS = `session_id AS "sessionId", user_id AS "userId", acting_tenant_id AS "tenantId", kind, last_used_at AS "lastUsedAt", expires_at AS "expiresAt", revoked_at AS "revokedAt", operator`;

/** What is read before a tenant is known: one session for one credential. */
@Injectable()
export class SessionsRepository {
  constructor(private readonly db: AppDb) {}

  async findBySecret(secretHash: Buffer): Promise<SessionGrant | undefined> {
    return (await this.db.query<SessionGrant>(`SELECT ${COLUMNS} FROM session_by_hash($1)`, [secretHash]))[0];
  }

  async findById(sessionId: string): Promise<SessionGrant | undefined> {
    return (await this.db.query<SessionGrant>(`SELECT ${COLUMNS} FROM session_by_id($1)`, [sessionId]))[0];
  }
}
