import type { PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { databaseUnavailable, isConnectionLoss, isRetryable } from './database.errors.js';
import { withTransaction, type OpenTransaction } from './open-transaction.js';

const ATTEMPTS = 3;
/** A supervised server is back within 2 s of a crash; waiting that long beats refusing. */
const CONNECT_PATIENCE_MS = 4000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** BEGIN is ours; the ORM must know of it, or its own `save` would begin and commit a second one. */
const markActive = (runner: QueryRunner, active: boolean): void => {
  (runner as { isTransactionActive: boolean }).isTransactionActive = active;
};

async function connect(source: DataSource): Promise<{ runner: QueryRunner; client: PoolClient }> {
  const deadline = Date.now() + CONNECT_PATIENCE_MS;
  for (;;) {
    const runner = source.createQueryRunner();
    try {
      return { runner, client: (await runner.connect()) as PoolClient };
    } catch (error) {
      await runner.release().catch(() => undefined);
      if (!isConnectionLoss(error) || Date.now() > deadline) throw isConnectionLoss(error) ? databaseUnavailable(error) : error;
      await sleep(100);
    }
  }
}

/**
 * Opens a transaction with `begin` (one message: BEGIN plus settings), runs `fn`, commits, then runs the after-commit callbacks.
 * A connection lost before COMMIT was sent has changed nothing, so the transaction runs again, like one that was chosen as a deadlock victim.
 * @throws DomainError `database_unavailable` when the connection was lost at COMMIT (its effect is unknown) or stays lost.
 */
export async function runTransaction<T>(source: DataSource, begin: string, tenantId: string | null, fn: (tx: OpenTransaction) => Promise<T>): Promise<T> {
  const deadline = Date.now() + CONNECT_PATIENCE_MS;
  for (let attempt = 1; ; attempt++) {
    const { runner, client } = await connect(source);
    const tx: OpenTransaction = { tenantId, em: runner.manager, afterCommit: [] };
    let committing = false;
    try {
      await client.query(begin);
      markActive(runner, true);
      const result = await withTransaction(tx, () => fn(tx));
      committing = true;
      await client.query('COMMIT');
      markActive(runner, false);
      for (const callback of tx.afterCommit) callback();
      return result;
    } catch (error) {
      markActive(runner, false);
      const lost = isConnectionLoss(error);
      if (!lost) await client.query('ROLLBACK').catch(() => undefined);
      if (lost && (committing || Date.now() > deadline)) throw databaseUnavailable(error);
      if (!lost && (!isRetryable(error) || attempt >= ATTEMPTS)) throw error;
      await sleep(5 * attempt + Math.random() * 20);
    } finally {
      await runner.release().catch(() => undefined);
    }
  }
}
