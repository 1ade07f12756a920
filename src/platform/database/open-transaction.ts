import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../errors/index.js';

/** The transaction that is open on this asynchronous path. */
export interface OpenTransaction {
  /** Tenant of a TenantTx; null for a SystemTx. */
  tenantId: string | null;
  em: EntityManager;
  afterCommit: (() => void)[];
}

const current = new AsyncLocalStorage<OpenTransaction | undefined>();

export const openTransaction = (): OpenTransaction | undefined => current.getStore();

export const withTransaction = <T>(tx: OpenTransaction, fn: () => Promise<T>): Promise<T> => current.run(tx, fn);

/** Runs `fn` as if no transaction were open: for callbacks that outlive the transaction in which they were made. */
export const outsideTransaction = <T>(fn: () => T): T => current.run(undefined, fn);

/** Runs after COMMIT, never after a rollback. For wake-ups and cache drops; a failure in it is the caller's to handle. */
export function onCommit(fn: () => void): void {
  const tx = current.getStore();
  if (!tx) throw new Error('onCommit was called outside a transaction: call it inside TenantTx.run or SystemTx.run.');
  tx.afterCommit.push(fn);
}

/** Network, files and queues have no place inside a business transaction: they would hold its locks. */
export function assertNoTransaction(what: string): void {
  if (current.getStore()) {
    throw new DomainError({
      kind: 'unexpected',
      code: 'transaction_open',
      detail: `${what} was used while a transaction is open. Move the call before or after it.`,
    });
  }
}
