import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';

/**
 * Runs one statement on the transaction's connection and returns its rows, whatever the command (TypeORM's own `query` returns other shapes
 * for UPDATE and DELETE). `bigint` columns arrive as strings, `timestamptz` as Date.
 */
export async function rows<T extends object>(em: EntityManager, sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
  const runner = em.queryRunner;
  if (!runner) throw new Error('rows() needs the entity manager that TenantTx.run or SystemTx.run hands out.');
  const client = (await runner.connect()) as PoolClient;
  return (await client.query<T>(sql, parameters as unknown[])).rows;
}
