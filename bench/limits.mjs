#!/usr/bin/env node
// Who calls and may they: API keys verified and their calls counted, per second of one process; with the wait of one.
import 'reflect-metadata';
import pg from 'pg';
import { helpAsked, makeTenants, note, percentile, report, round, startHouse, startInstallation } from './installation.mjs';

helpAsked(`Usage: npm run bench:limits

value: API keys verified and their call counted against the plan, per second of one process, over all processes exactly; p50 and p99: how long one
waits for both, in ms. limit: the same decision as one statement each from a bare client over as many connections as there are callers. Counts in
PostgreSQL, or in Redis when REDIS_URL is set. idle: one caller at a time. hot: all callers with one key.`);

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
const CALLERS = 8;
const KEYS = 50;

/** The monolith's own door, in this process, on the installation's database. */
async function openHouse(installation) {
  const { Authenticator } = await import('../dist/platform/http/index.js');
  const { RateLimiter } = await import('../dist/platform/limits/index.js');
  const app = await startHouse(installation);
  const [door, limiter] = [app.get(Authenticator), app.get(RateLimiter)];
  const request = (key, n) => ({
    ...{ id: `req-${n}`, headers: { authorization: `Bearer ${key}` }, cookies: {}, ip: '127.0.0.1', method: 'POST', url: '/api/v1/generate/txt2img' },
  });
  return { app, decide: async (key, n) => limiter.take(await door.authenticate(request(key, n)), 'api') };
}

/** The plan of the tenants: every call is counted and none refused. */
async function makePlan(installation) {
  const { data } = await installation.call('GET', '/operator/plans', { token: installation.operatorToken });
  const { limits } = data.find((entry) => entry.plan === 'enterprise');
  const body = { plan: 'counted', name: 'Counted', creditsPerMonth: '0', limits: { ...limits, apiPerMinute: 1_000_000_000 } };
  await installation.call('POST', '/operator/plans', { token: installation.operatorToken, body });
  return 'counted';
}

async function measure(callers, act) {
  const waits = [];
  const startedAt = performance.now();
  const endsAt = startedAt + SECONDS * 1000;
  let n = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let now = performance.now(); now < endsAt;) {
        await act(n++);
        const then = now;
        now = performance.now();
        waits.push(now - then);
      }
    }),
  );
  waits.sort((a, b) => a - b);
  const rate = waits.length / ((performance.now() - startedAt) / 1000);
  const result = { rate, p50: percentile(waits, 50), p99: percentile(waits, 99) };
  note(`  ${round(rate, 0)}/s, p50 ${round(result.p50)} ms, p99 ${round(result.p99)} ms`);
  return result;
}

const installation = await startInstallation();
let house;
try {
  const tenants = await makeTenants(installation, KEYS, await makePlan(installation));
  house = await openHouse(installation);
  const keys = tenants.map(({ key }) => key);
  note('warming up');
  await measure(CALLERS, (n) => house.decide(keys[n % KEYS], n));
  note(`${CALLERS} bare clients, one statement a decision`);
  const pool = new pg.Pool({ connectionString: installation.appUrl, max: CALLERS, options: '-c search_path=atelier' });
  const bare = await measure(CALLERS, (n) =>
    pool.query({
      name: 'bare',
      text: 'SELECT granted, at, used, before, now_ms FROM take_limits(NULL, $1, $2, $3, $4, $5, $6)',
      values: [[`bare:${n % KEYS}`], ['gcra'], [1_000_000_000], [60_000], [1], [0]],
    }),
  );
  await pool.end();
  note(`${CALLERS} callers with ${KEYS} keys, verified and counted`);
  const value = await measure(CALLERS, (n) => house.decide(keys[n % KEYS], n));
  note('one key for all callers');
  const hot = await measure(CALLERS, (n) => house.decide(keys[0], n));
  note('one caller at a time');
  const idle = await measure(1, (n) => house.decide(keys[n % KEYS], n));
  report({
    name: 'limits',
    value: round(value.rate, 1),
    unit: 'decisions/s',
    limit: round(bare.rate, 1),
    ratio: round(value.rate / bare.rate),
    p50: round(value.p50),
    p99: round(value.p99),
    hot: round(hot.rate, 1),
    hotP99: round(hot.p99),
    idleP50: round(idle.p50),
    idleP99: round(idle.p99),
    store: process.env.REDIS_URL ? 'redis' : 'postgres',
    callers: CALLERS,
    keys: KEYS,
  });
} finally {
  await house?.app.close();
  await installation.stop();
}
process.exit(0);
