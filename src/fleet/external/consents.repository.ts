import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export interface Consent {
  allowed: boolean;
  providers: string[];
  updatedAt: Date | null;
}

const COLUMNS = `allowed, providers, updated_at AS "updatedAt"`;

@Injectable()
export class ConsentsRepository {
  async find(em: EntityManager, tenantId: string, lock = false): Promise<Consent | undefined> {
    return (await rows<Consent>(em, `SELECT ${COLUMNS} FROM external_consent WHERE tenant_id = $1${lock ? ' FOR UPDATE' : ''}`, [tenantId]))[0];
  }

  async replace(em: EntityManager, tenantId: string, wish: Pick<Consent, 'allowed' | 'providers'>, by: string): Promise<Consent> {
    const [stored] = await rows<Consent>(
      em,
      `INSERT INTO external_consent (tenant_id, allowed, providers, updated_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id) DO UPDATE SET allowed = excluded.allowed, providers = excluded.providers, updated_by = excluded.updated_by, updated_at = now()
       RETURNING ${COLUMNS}`,
      [tenantId, wish.allowed, wish.providers, by],
    );
    return stored!;
  }
}
