import { describe, expect, it } from 'vitest';
import { TenantBatches, type Settled } from './tenant-batches.js';

function recorder(): { batches: { tenant: string; items: number[] }[]; run: TenantBatches<number, number>; release: () => void } {
  const batches: { tenant: string; items: number[] }[] = [];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const run = new TenantBatches<number, number>(async (tenant, items) => {
    batches.push({ tenant, items });
    await gate;
    return items.map((n): Settled<number> => (n < 0 ? { error: new Error(`refused ${n}`) } : { value: n * 10 }));
  }, 3);
  return { batches, run, release };
}

describe('work of one tenant', () => {
  it('the first goes at once, those that arrive meanwhile go together, at most so many, in order', async () => {
    const { batches, run, release } = recorder();
    const all = [1, 2, 3, 4, 5].map((n) => run.submit('t', n));
    expect(batches).toEqual([{ tenant: 't', items: [1] }]);
    release();
    expect(await Promise.all(all)).toEqual([10, 20, 30, 40, 50]);
    expect(batches.map((b) => b.items)).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('one that is refused does not touch the others', async () => {
    const { run, release } = recorder();
    const all = Promise.allSettled([run.submit('t', 1), run.submit('t', -2), run.submit('t', 3)]);
    release();
    expect((await all).map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('other tenants do not wait for it', () => {
    const { batches, run, release } = recorder();
    void run.submit('a', 1);
    void run.submit('b', 2);
    expect(batches.map((b) => b.tenant)).toEqual(['a', 'b']);
    release();
  });

  it('goes on after a batch that failed as a whole', async () => {
    let calls = 0;
    const run = new TenantBatches<number, number>(async (_, items) => {
      if (calls++ === 0) throw new Error('lost the database');
      return items.map((value) => ({ value }));
    }, 64);
    await expect(run.submit('t', 1)).rejects.toThrow('lost the database');
    expect(await run.submit('t', 2)).toBe(2);
  });
});
