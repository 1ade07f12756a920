import { outsideTransaction } from '../../../platform/database/index.js';

export type Settled<O> = { value: O } | { error: unknown };
interface Waiting<I, O> {
  item: I;
  resolve(value: O): void;
  reject(error: unknown): void;
}

/**
 * Lets work of one tenant share transactions without ever waiting for company: the first goes at once, and those that arrive while a
 * transaction of the same tenant is in flight go together in the next, at most `max` at a time, in order of arrival.
 */
export class TenantBatches<I, O> {
  private readonly waiting = new Map<string, Waiting<I, O>[]>();

  /** `process` answers for every item, in order; when it throws, all items of that batch fail with what it threw. */
  constructor(
    private readonly process: (tenantId: string, items: I[]) => Promise<Settled<O>[]>,
    private readonly max: number,
  ) {}

  submit(tenantId: string, item: I): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      const queue = this.waiting.get(tenantId);
      if (queue) {
        queue.push({ item, resolve, reject });
        return;
      }
      this.waiting.set(tenantId, [{ item, resolve, reject }]);
      void outsideTransaction(() => this.drain(tenantId));
    });
  }

  private async drain(tenantId: string): Promise<void> {
    const queue = this.waiting.get(tenantId) ?? [];
    while (queue.length > 0) {
      const batch = queue.splice(0, this.max);
      try {
        const settled = await this.process(
          tenantId,
          batch.map((waiting) => waiting.item),
        );
        batch.forEach((waiting, i) => {
          const result = settled[i] ?? { error: new Error('A batch answered for fewer items than it was given.') };
          if ('error' in result) waiting.reject(result.error);
          else waiting.resolve(result.value);
        });
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.waiting.delete(tenantId);
  }
}
