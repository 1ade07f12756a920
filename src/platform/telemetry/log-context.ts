import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line of one request or one piece of work carries. */
export interface LogContext {
  requestId?: string;
  tenantId?: string;
  actor?: string;
  [name: string]: unknown;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `fn` so that each line logged inside (and after any await) carries `context`. */
export const runWithLogContext = <T>(context: LogContext, fn: () => T): T => storage.run(context, fn);

/** The context of the work in progress, or undefined outside of any. */
export const logContext = (): LogContext | undefined => storage.getStore();

/** Adds to the context of the work in progress: `addLogContext({ tenantId })` once the caller is known. */
export function addLogContext(more: LogContext): void {
  const context = storage.getStore();
  if (context) Object.assign(context, more);
}
