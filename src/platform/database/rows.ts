import pg, { type PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';

/**
 * Runs one statement on the transaction's connection and returns its rows, whatever the command (TypeORM's own `query` returns other shapes
 * for UPDATE and DELETE). `bigint` columns arrive as strings, `timestamptz` as Date.
 */
export async function rows<T extends object>(em: EntityManager, sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
  return (await (await clientOf(em)).query<T>(sql, parameters as unknown[])).rows;
}

/** As `rows`, but hands over each row as it arrives and keeps none: for what is more than memory should hold. */
export async function eachRow<T extends object>(em: EntityManager, sql: string, parameters: readonly unknown[], take: (row: T) => void): Promise<void> {
  const client = await clientOf(em);
  const query = new pg.Query<T>({ text: sql, values: parameters as unknown[] });
  await new Promise<void>((resolve, reject) => {
    let refused: { error: unknown } | null = null;
    query.on('row', (row: T) => {
      try {
        if (!refused) take(row);
      } catch (error) {
        // Thrown from here it would end the program.
        refused = { error };
      }
    });
    query.on('end', () => (refused ? reject(refused.error) : resolve()));
    query.on('error', reject);
    client.query(query);
  });
}

async function clientOf(em: EntityManager): Promise<PoolClient> {
  const runner = em.queryRunner;
  if (!runner) throw new Error('A statement needs the entity manager that TenantTx.run or SystemTx.run hands out.');
  return (await runner.connect()) as PoolClient;
}
