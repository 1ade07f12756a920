#!/usr/bin/env node
// Jobs accepted per second over HTTP, against the same statements sent by a bare client over as many connections, in the same run.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { v7 } from 'uuid';
import { TypeID } from 'typeid-js';
import { helpAsked, makeTenants, makeUnlimitedPlan, note, percentile, report, round, sleep, startInstallation } from './installation.mjs';
import { recordTransaction, retarget } from './statements.mjs';

helpAsked(`Usage: npm run bench:submit [-- --json]

Accepts jobs over HTTP with API keys of a plan without limits, over 100 tenants (value) and over one (oneTenant), counted in the database.
The limit is the rate of the same statements from a bare client over as many connections; ratio = value / limit. p99 is taken at half load.`);

const SECONDS = Number(process.env.BENCH_SECONDS ?? 12);
const CALLERS = 32;
const CONNECTIONS = 8;
const BODY = JSON.stringify({ prompt: 'a lighthouse in the fog', width: 512, height: 512, steps: 20 });
const uuidOf = (typeId) => TypeID.fromString(typeId).toUUID();

async function countJobs(installation) {
  return Number((await installation.owner.query('SELECT count(*) AS n FROM job')).rows[0].n);
}

/** Closed loop of `callers` (or a fixed rate per second), for `seconds`; returns accepted per second by the database's count, and latencies. */
async function submitOverHttp(installation, tenants, { seconds, callers = CALLERS, rate }) {
  const pool = new Pool(installation.url, { connections: callers, pipelining: 1 });
  const latencies = [];
  const before = await countJobs(installation);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let n = 0;
  let refused = 0;
  const submit = async () => {
    const tenant = tenants[n++ % tenants.length];
    const sentAt = performance.now();
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/api/v1/generate/txt2img',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: BODY,
    });
    const text = await body.text();
    latencies.push(performance.now() - sentAt);
    if (statusCode !== 202 && refused++ === 0) note(`  first refusal: ${statusCode} ${text.slice(0, 300)}`);
  };
  if (rate) {
    const pending = new Set();
    for (let i = 0; performance.now() < endsAt; i++) {
      const due = startedAt + (i * 1000) / rate;
      const wait = due - performance.now();
      if (wait > 1) await sleep(wait);
      const one = submit().finally(() => pending.delete(one));
      pending.add(one);
    }
    await Promise.all(pending);
  } else {
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (performance.now() < endsAt) await submit();
      }),
    );
  }
  const elapsed = (performance.now() - startedAt) / 1000;
  const accepted = (await countJobs(installation)) - before;
  await pool.close();
  if (refused > 0) note(`  ${refused} of ${n} were refused`);
  return { perSecond: accepted / elapsed, latencies: latencies.toSorted((a, b) => a - b) };
}

async function sendBare(installation, transaction, recordedFrom, tenants, seconds) {
  const pool = new pg.Pool({ connectionString: installation.appUrl, max: CONNECTIONS, options: '-c search_path=atelier' });
  const kept = new Set((await installation.owner.query('SELECT id FROM pool UNION SELECT id FROM lane')).rows.map(({ id }) => id));
  const before = await countJobs(installation);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let n = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = await pool.connect();
      while (performance.now() < endsAt) {
        const tenant = tenants[n++ % tenants.length];
        const copy = retarget(transaction, { from: idsOf(recordedFrom), to: idsOf(tenant), kept, newId: v7 });
        for (const { text, parameters } of copy)
          await client.query(
            text.replaceAll(recordedFrom.idempotencyKey ?? '@@', randomUUID()),
            parameters.map((value) => (typeof value === 'string' ? value.replaceAll(recordedFrom.idempotencyText, `bare-${n}-${startedAt}`) : value)),
          );
      }
      client.release();
    }),
  );
  const elapsed = (performance.now() - startedAt) / 1000;
  const done = (await countJobs(installation)) - before;
  await pool.end();
  return done / elapsed;
}

const idsOf = (tenant) => [tenant.uuid.tenant, tenant.uuid.user, tenant.uuid.key];

const installation = await startInstallation();
try {
  const plan = await makeUnlimitedPlan(installation);
  note('making 100 tenants with keys');
  const tenants = await makeTenants(installation, 100, plan);
  for (const tenant of tenants) {
    const { rows } = await installation.owner.query('SELECT id FROM api_key WHERE tenant_id = $1', [uuidOf(tenant.tenantId)]);
    tenant.uuid = { tenant: uuidOf(tenant.tenantId), user: uuidOf(tenant.userId), key: rows[0].id };
  }
  await submitOverHttp(installation, tenants, { seconds: 4 });

  note('recording the statements of one submission');
  const idempotencyText = `recorded-${randomUUID()}`;
  const recorded = await recordTransaction(installation, () =>
    installation.call('POST', '/generate/txt2img', { token: tenants[0].key, body: JSON.parse(BODY), headers: { 'idempotency-key': idempotencyText } }),
  );
  for (const { text, parameters } of recorded)
    note(`  ${text.replace(/\s+/g, ' ').slice(0, 150)}${parameters.length ? `   (${parameters.length} parameters)` : ''}`);

  note('bare client, same statements');
  const bare = await sendBare(installation, recorded, { ...tenants[0], idempotencyText }, tenants, SECONDS);
  note(`  ${round(bare, 0)}/s`);
  note('over HTTP, 100 tenants');
  const many = await submitOverHttp(installation, tenants, { seconds: SECONDS });
  note(`  ${round(many.perSecond, 0)}/s`);
  note('over HTTP, one tenant');
  const one = await submitOverHttp(installation, tenants.slice(0, 1), { seconds: SECONDS });
  note(`  ${round(one.perSecond, 0)}/s`);
  note('over HTTP at half load');
  const half = await submitOverHttp(installation, tenants, { seconds: SECONDS, rate: many.perSecond / 2 });
  report({
    name: 'submit',
    value: round(many.perSecond, 1),
    unit: 'jobs/s',
    limit: round(bare, 1),
    ratio: round(many.perSecond / bare),
    oneTenant: round(one.perSecond, 1),
    p50: round(percentile(half.latencies, 50)),
    p99: round(percentile(half.latencies, 99)),
    callers: CALLERS,
    connections: CONNECTIONS,
  });
} finally {
  await installation.stop();
}
