import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { PromptRule } from './prompt-rules.js';

export interface ModerationPolicy {
  rules: PromptRule[];
  version: number;
  updatedAt: Date | null;
}

const COLUMNS = `rules, version, updated_at AS "updatedAt"`;

@Injectable()
export class ModerationRepository {
  /** `lock` keeps the row as it is until the transaction ends. Undefined: the tenant never changed its rules. */
  async find(em: EntityManager, tenantId: string, lock = false): Promise<ModerationPolicy | undefined> {
    return (await rows<ModerationPolicy>(em, `SELECT ${COLUMNS} FROM moderation_policy WHERE tenant_id = $1${lock ? ' FOR UPDATE' : ''}`, [tenantId]))[0];
  }

  async replace(em: EntityManager, tenantId: string, rules: readonly PromptRule[], by: string): Promise<ModerationPolicy> {
    const [stored] = await rows<ModerationPolicy>(
      em,
      `INSERT INTO moderation_policy AS p (tenant_id, rules, updated_by) VALUES ($1, $2::jsonb, $3)
       ON CONFLICT (tenant_id) DO UPDATE SET rules = excluded.rules, version = p.version + 1, updated_by = excluded.updated_by, updated_at = now()
       RETURNING ${COLUMNS}`,
      [tenantId, JSON.stringify(rules), by],
    );
    return stored!;
  }
}
