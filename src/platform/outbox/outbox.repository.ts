import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';

/** One INSERT for all news of a transaction. */
export async function insertNews(em: EntityManager, tenantId: string, news: readonly { topic: string; payload: unknown }[]): Promise<void> {
  await rows(em, `INSERT INTO outbox (tenant_id, topic, payload) SELECT $1, n->>'topic', n->'payload' FROM jsonb_array_elements($2::jsonb) AS n`, [
    tenantId,
    JSON.stringify(news),
  ]);
}
