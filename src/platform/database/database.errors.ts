import { DomainError } from '../errors/index.js';

const LOSS = new Set(['57P01', '57P02', '57P03', '08000', '08001', '08003', '08006', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '53300']);

const codeOf = (error: unknown): string | undefined => {
  const e = error as { code?: string; driverError?: { code?: string } } | undefined;
  return e?.driverError?.code ?? e?.code;
};

/** The server went away or is not there yet; nothing is known to be wrong with the statement. */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  if (code && LOSS.has(code)) return true;
  return (
    error instanceof Error &&
    /Connection terminated|connection timeout|Client has encountered a connection error|timeout exceeded when trying to connect|not queryable/i.test(
      error.message,
    )
  );
}

/** Deadlock or serialisation failure: running the transaction again may succeed. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '');

export const databaseUnavailable = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'database_unavailable',
    detail: 'The database cannot be reached at the moment. Try again in a few seconds with the same Idempotency-Key.',
    retryAfterSeconds: 2,
    cause,
  });
