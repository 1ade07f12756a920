// One process that fires many calls at one limit at once, with the clock stopped: `node limit-firing.mjs <json>`. Says "ready", fires on a line of
// input, prints how many passed. Needs a build.
import { once } from 'node:events';
import { Decisions } from '../../dist/platform/limits/decisions.js';
import { PostgresLimitStore } from '../../dist/platform/limits/postgres-limit-store.repository.js';
import { RedisLimitStore } from '../../dist/platform/limits/redis-limit-store.js';

const { appUrl, redisUrl, prefix, lines, calls, now } = JSON.parse(process.argv[2]);
const store = redisUrl ? new RedisLimitStore(redisUrl, prefix) : new PostgresLimitStore(appUrl, 1);
await store.open?.();
const decisions = new Decisions(store, () => now);
await decisions.take({ key: 'warm', algorithm: 'gcra', limit: 1000, windowMs: 1000 });
console.log('ready');
await once(process.stdin, 'data');
const passed = await Promise.all(
  lines.map(async (line) => {
    const rounds = [];
    for (let i = 0; i < calls; i++) {
      rounds.push(decisions.take(line));
      // Not all in one batch: many of both processes must interleave.
      if (i % 7 === 0) await new Promise(setImmediate);
    }
    return (await Promise.all(rounds)).filter(({ allowed }) => allowed).length;
  }),
);
console.log(JSON.stringify(passed));
await store.close();
process.exit(0);
