import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/platform/clock/index.js';
import { newId } from '../../src/platform/ids/index.js';
import type { Answer, Ask, LimitStore, Line } from '../../src/platform/limits/limit-store.port.js';
import { MemoryLimitStore } from '../../src/platform/limits/index.js';
import { PostgresLimitStore } from '../../src/platform/limits/postgres-limit-store.repository.js';
import { RedisLimitStore } from '../../src/platform/limits/redis-limit-store.js';
import { makeDatabase, type TestDatabase } from '../support/database.js';

const ROOT = join(import.meta.dirname, '../..');
const redisUrl = process.env.REDIS_URL;
const prefix = `limits${process.pid}`;
const HOUR_MS = 3_600_000;

let db: TestDatabase;
let postgres: PostgresLimitStore;
let redis: RedisLimitStore | undefined;
beforeAll(async () => {
  db = await makeDatabase();
  postgres = new PostgresLimitStore(db.urls.app, 1);
  redis = redisUrl ? new RedisLimitStore(redisUrl, prefix) : undefined;
  await redis?.open();
});
afterAll(async () => {
  await postgres?.close();
  await redis?.close();
  await db?.drop();
});

/** Processes of their own, which fire at the same moment; returns per line how many calls passed in all of them. */
async function fire(processes: number, lines: readonly Line[], calls: number, now: number, onRedis: boolean): Promise<number[]> {
  const task = JSON.stringify({ appUrl: db.urls.app, prefix, lines, calls, now, ...(onRedis ? { redisUrl } : {}) });
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, [join(ROOT, 'test/support/limit-firing.mjs'), task], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const outputs = children.map(() => '');
  children.forEach((child, i) => child.stdout.on('data', (data: Buffer) => (outputs[i] += data.toString())));
  await Promise.all(children.map((child) => once(child.stdout, 'data')));
  const ends = children.map((child) => once(child, 'exit'));
  for (const child of children) child.stdin.write('go\n');
  await Promise.all(ends);
  const counts = outputs.map((output) => JSON.parse(output.split('\n')[1]!) as number[]);
  return lines.map((_, i) => counts.reduce((sum, count) => sum + count[i]!, 0));
}

const plans = (): Line[] => [
  ...[100, 200, 500, 2000].map((limit): Line => ({ key: `api:${newId()}`, algorithm: 'gcra', limit, windowMs: 60_000 })),
  ...[10, 50, 200, 1000].map((limit): Line => ({ key: `generations:${newId()}`, algorithm: 'window', limit, windowMs: HOUR_MS })),
  ...[20, 100].map((limit): Line => ({ key: `uploads:${newId()}`, algorithm: 'window', limit, windowMs: HOUR_MS })),
];

describe.each([['PostgreSQL', false] as const, ...(redisUrl ? [['Redis', true] as const] : [])])('limits on %s', (_, onRedis) => {
  const store = (): LimitStore => (onRedis ? redis! : postgres);

  it('with the clock stopped every plan limit of N passes exactly N, under parallel fire from two processes', async () => {
    const lines = plans();
    expect(await fire(2, lines, 1100, 1_800_000_000_000, onRedis)).toEqual(lines.map(({ limit }) => limit));
  }, 30_000);

  it('decides as the rules in TypeScript do, whatever the history', async () => {
    const step = fc.record({
      gap: fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(HOUR_MS), fc.nat(3 * HOUR_MS)),
      asked: fc.nat(12),
      returned: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
      limit: fc.nat(9),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('gcra' as const, 'window' as const), fc.array(step, { minLength: 1, maxLength: 25 }), async (algorithm, steps) => {
        const model = new MemoryLimitStore(new SystemClock());
        const key = `model:${newId()}`;
        let now = 1_800_000_000_000;
        const told: Answer[] = [];
        const expected: Answer[] = [];
        for (const { gap, ...rest } of steps) {
          const ask: Ask = { key, algorithm, windowMs: algorithm === 'gcra' ? 60_000 : HOUR_MS, ...rest };
          now += gap;
          told.push(...(await store().decide([ask], now)));
          expected.push(...(await model.decide([ask], now)));
        }
        expect(told).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('answers many questions in the order they were asked, by its own clock', async () => {
    const asks = Array.from({ length: 50 }, (__, i): Ask => ({
      ...{ key: `order:${newId()}`, algorithm: i % 2 ? 'gcra' : 'window', limit: i, windowMs: 60_000, asked: 100, returned: 0 },
    }));
    const answers = await store().decide(asks);
    expect(answers.map(({ granted }) => granted)).toEqual(asks.map(({ limit }) => limit));
    expect(Math.abs(answers[0]!.nowMs - Date.now())).toBeLessThan(2000);
  });

  it('running, at most ⌈N·(1 + t/window)⌉ pass over any stretch', async () => {
    const line: Line = { key: `running:${newId()}`, algorithm: 'gcra', limit: 50, windowMs: 1000 };
    const passed: number[] = [];
    for (const end = Date.now() + 1500; Date.now() < end;) {
      const [{ granted, nowMs }] = (await store().decide([{ ...line, asked: 3, returned: 0 }])) as [Answer];
      for (let i = 0; i < granted; i++) passed.push(nowMs);
    }
    expect(passed.length).toBeGreaterThan(100);
    for (let to = 0; to < passed.length; to++)
      for (let from = 0; from <= to; from++)
        expect(to - from + 1).toBeLessThanOrEqual(Math.ceil(line.limit * (1 + (passed[to]! - passed[from]!) / line.windowMs)));
  });
});

describe('meters in PostgreSQL', () => {
  it('are forgotten when they say nothing any more', async () => {
    const key = `old:${newId()}`;
    await postgres.decide([{ key, algorithm: 'gcra', limit: 5, windowMs: 60_000, asked: 1, returned: 0 }], Date.now() - 3 * 60_000);
    await postgres.decide([{ key: `${key}-new`, algorithm: 'gcra', limit: 5, windowMs: 60_000, asked: 1, returned: 0 }]);
    await db.as('system', null, 'DELETE FROM limit_meter WHERE at < extract(epoch FROM now()) * 1000 - 2 * window_ms');
    expect(await db.sql('SELECT key FROM limit_meter WHERE key LIKE $1', [`${key}%`])).toEqual([{ key: `${key}-new` }]);
  });
  it('are closed to the application but through the one function', async () => {
    await expect(db.as('app', null, 'SELECT * FROM limit_meter')).rejects.toThrow(/permission denied/);
  });
});
