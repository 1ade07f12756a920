#!/usr/bin/env node
// Usage and its files: attempts written per second, a month of a million jobs summed up by team and day over HTTP, and exported.
import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { mkdtempSync, chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TypeID } from 'typeid-js';
import { v7 } from 'uuid';
import { helpAsked, note, percentile, report, round, sleep, startHouse, startInstallation } from './installation.mjs';
import { makeMonth, MONTH } from './usage-month.mjs';

helpAsked(`Usage: npm run bench:usage

value: usage events per second written by the product, in transactions of 500, rates, dimensions and sums included; limit: COPY of the same rows into a
table of the same columns, checks and indexes. single: one event a transaction. folded: notes a second moved into the sums by quarter of an hour.
summary: a month of a million jobs by team and day over HTTP, in ms, beside a plain GROUP BY (summaryLimit); byClass and byTeamAndUser: what is read
from the rows. csv, jsonl, parquet, focus: the month as a file, ordered over HTTP: seconds until it is ready, rows, megabytes, and the most memory the
program had meanwhile in MB (rss); exportLimit: COPY TO of the same rows. agree: every file's totals and checksum are those of the page and of its bytes.`);

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
const JOBS = Number(process.env.BENCH_JOBS ?? 1_000_000);
const BATCH = 500;
const WRITERS = 4;
const ZONE = 'Europe/Berlin';
const FORMATS = ['csv', 'jsonl', 'parquet', 'focus'];
const timed = async (act) => {
  const startedAt = performance.now();
  const result = await act();
  return { ms: performance.now() - startedAt, result };
};

/** Files that the server itself writes and reads. */
const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-copy-'));
chmodSync(folder, 0o777);

async function loop(writers, act) {
  const startedAt = performance.now();
  const endsAt = startedAt + SECONDS * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() < endsAt) done += await act();
    }),
  );
  return done / ((performance.now() - startedAt) / 1000);
}

/** Attempts of jobs of the tenant, ended now. */
function attemptsOf(tenantId, jobs) {
  let n = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const endedAt = new Date();
      const fixed = {
        tenantId,
        attempt: 1,
        poolId: tenantId,
        gpuClass: 'A10G',
        capacity: 'spot',
        outcome: 'done',
        loadMs: 120,
        wastedMs: 0,
        sharePpm: 1_000_000,
      };
      return {
        ...fixed,
        jobId: jobs[n++ % jobs.length],
        taskId: v7(),
        boxId: tenantId,
        workMs: 4000 + (n % 1000),
        startedAt: new Date(endedAt - 5000),
        endedAt,
      };
    });
}

async function writing(installation, house, tenantId) {
  const { Usage } = await import('../dist/billing/usage/index.js');
  const { TenantTx } = await import('../dist/platform/database/index.js');
  const [usage, tx] = [house.get(Usage), house.get(TenantTx)];
  const { rows } = await installation.owner.query('SELECT job_id FROM hold WHERE tenant_id = $1 ORDER BY closed_at DESC LIMIT 20000', [tenantId]);
  const make = attemptsOf(
    tenantId,
    rows.map((row) => row.job_id),
  );
  const write = (count) => async () => {
    const attempts = make(count);
    await tx.run({ tenantId }, (em) => usage.recordAttempts(em, attempts));
    return count;
  };
  await write(BATCH)();
  note(`usage events, ${BATCH} a transaction`);
  const startedAt = new Date();
  const value = await loop(WRITERS, write(BATCH));
  note(`  ${round(value, 0)}/s`);
  note('the same rows by COPY');
  const limit = await plainCopy(installation, tenantId, startedAt);
  note(`  ${round(limit, 0)}/s`);
  note('usage events, one a transaction');
  const single = await loop(8, write(1));
  note(`  ${round(single, 0)}/s`);
  return { value, limit, single };
}

async function plainCopy({ owner }, tenantId, since) {
  const file = join(folder, 'attempts');
  const { rowCount } = await owner.query(
    `COPY (SELECT * FROM usage_attempt WHERE tenant_id = '${tenantId}' AND ended_at >= '${since.toISOString()}') TO '${file}'`,
  );
  await owner.query('CREATE TABLE bench_attempt (LIKE usage_attempt INCLUDING ALL)');
  const { ms } = await timed(() => owner.query(`COPY bench_attempt FROM '${file}'`));
  await owner.query('DROP TABLE bench_attempt');
  return rowCount / (ms / 1000);
}

/** Until nothing waits; the program's own sweep is at it as well. @returns notes a second */
async function folding({ owner }, house) {
  const { UsageSlots } = await import('../dist/billing/usage/index.js');
  const waiting = async () => Number((await owner.query('SELECT count(*) AS n FROM usage_pending')).rows[0].n);
  const before = await waiting();
  const { ms } = await timed(async () => {
    for (; (await waiting()) > 0; await sleep(50)) await house.get(UsageSlots).fold();
  });
  note(`  ${before} notes in ${round(ms / 1000, 1)} s`);
  return before / (ms / 1000);
}

async function asked(installation, query, times) {
  const path = `/billing/usage?${new URLSearchParams({ from: MONTH.from, to: MONTH.to, timeZone: ZONE, ...query })}`;
  const waits = [];
  let answer;
  for (let i = 0; i < times; i++) {
    const { ms, result } = await timed(() => installation.call('GET', path, { token: installation.operatorToken }));
    waits.push(ms);
    answer = result;
  }
  waits.sort((a, b) => a - b);
  note(`  ${query.groupBy}: ${waits.map((ms) => round(ms, 0)).join(', ')} ms, ${answer.data.length} rows`);
  return { ms: percentile(waits, 50), worst: waits.at(-1), answer };
}

const plainSummary = (tenantId) => `
  SELECT * FROM (SELECT team_id, date_trunc('day', closed_at AT TIME ZONE '${ZONE}') AS day, count(*), sum(charged_milli) FROM hold
    WHERE tenant_id = '${tenantId}' AND closed_at >= '${MONTH.from}' AND closed_at < '${MONTH.to}' GROUP BY 1, 2) h
  FULL JOIN (SELECT team_id, date_trunc('day', ended_at AT TIME ZONE '${ZONE}') AS day, sum(occupied_us), sum(cost_micros) FROM usage_attempt
    WHERE tenant_id = '${tenantId}' AND ended_at >= '${MONTH.from}' AND ended_at < '${MONTH.to}' GROUP BY 1, 2) u USING (day, team_id)`;

const plainExport = (tenantId) => `
  COPY (SELECT h.job_id, h.operation, h.model, h.team_id, h.user_id, h.key_id, u.gpu_class, u.capacity, h.state, h.reason, h.created_at, h.closed_at, h.charged_milli, u.occupied, u.attempts,
      h.quote->>'priceListVersion', u.rate_version, u.cost
    FROM hold h LEFT JOIN (SELECT job_id, max(gpu_class) AS gpu_class, max(capacity) AS capacity, sum(occupied_us) AS occupied, count(*) AS attempts, max(rate_version) AS rate_version, sum(cost_micros) AS cost
      FROM usage_attempt WHERE tenant_id = '${tenantId}' AND ended_at >= '${MONTH.from}' AND ended_at < '${MONTH.to}' GROUP BY job_id) u ON u.job_id = h.job_id
    WHERE h.tenant_id = '${tenantId}' AND h.closed_at >= '${MONTH.from}' AND h.closed_at < '${MONTH.to}' ORDER BY h.closed_at) TO '${join(folder, 'jobs.csv')}' CSV HEADER`;

/** The most memory a process had since `restart`, in MB; null where the system does not say. */
const memory = {
  restart: (pid) => {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      note('  this system does not tell the memory of a process');
    }
  },
  peak: (pid) => {
    try {
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
    } catch {
      return null;
    }
  },
};

async function exporting(installation, format, totals) {
  memory.restart(installation.pid);
  const { ms, result } = await timed(async () => {
    const token = installation.operatorToken;
    let file = await installation.call('POST', '/exports', { token, body: { format, from: MONTH.from, to: MONTH.to, timeZone: ZONE } });
    for (; file.status === 'queued' || file.status === 'running'; await sleep(100)) file = await installation.call('GET', `/exports/${file.id}`, { token });
    return file;
  });
  const rss = memory.peak(installation.pid);
  if (result.status !== 'ready') throw new Error(`the export ended ${result.status}: ${result.error}`);
  const hash = createHash('sha256');
  for await (const chunk of (await fetch(result.url)).body) hash.update(chunk);
  const agree = hash.digest('hex') === result.sha256 && result.totals.credits === totals.credits && result.totals.rows >= totals.jobs;
  note(`  ${format}: ${round(ms / 1000, 1)} s, ${result.totals.rows} rows, ${round(result.bytes / 1e6, 0)} MB, at most ${rss && round(rss, 0)} MB of memory`);
  return { seconds: round(ms / 1000, 1), rows: result.totals.rows, megabytes: round(result.bytes / 1e6, 0), rss: rss && round(rss, 0), agree };
}

const installation = await startInstallation();
let house;
try {
  const tenant = await installation.call('GET', '/tenant', { token: installation.operatorToken });
  const tenantId = TypeID.fromString(tenant.id).toUUID();
  house = await startHouse(installation);
  note(`a month of ${JOBS} jobs`);
  await makeMonth(installation, tenantId, JOBS);
  const folded = await folding(installation, house);
  await installation.owner.query('VACUUM ANALYZE');
  await installation.owner.query('CHECKPOINT');
  note('the month, summed up');
  const summary = await asked(installation, { groupBy: 'team,day' }, 7);
  const byClass = await asked(installation, { groupBy: 'class' }, 1);
  const byTeamAndUser = await asked(installation, { groupBy: 'team,user' }, 1);
  await installation.owner.query(plainSummary(tenantId));
  const summaryPlain = (await timed(() => installation.owner.query(plainSummary(tenantId)))).ms;
  note(`  plain: ${round(summaryPlain, 0)} ms`);
  note('the month as a file');
  const exportPlain = (await timed(() => installation.owner.query(plainExport(tenantId)))).ms / 1000;
  note(`  plain: ${round(exportPlain, 1)} s, ${round(statSync(join(folder, 'jobs.csv')).size / 1e6, 0)} MB`);
  const files = {};
  for (const format of FORMATS) files[format] = await exporting(installation, format, summary.answer.totals);
  const written = await writing(installation, house, tenantId);
  report({
    name: 'usage',
    value: round(written.value, 1),
    unit: 'events/s',
    limit: round(written.limit, 1),
    ratio: round(written.value / written.limit),
    single: round(written.single, 1),
    folded: round(folded, 1),
    jobs: JOBS,
    summary: round(summary.ms, 1),
    summaryWorst: round(summary.worst, 1),
    summaryLimit: round(summaryPlain, 1),
    summaryRatio: round(summaryPlain / summary.ms),
    byClass: round(byClass.ms, 1),
    byTeamAndUser: round(byTeamAndUser.ms, 1),
    ...Object.fromEntries(FORMATS.map((format) => [format, files[format]])),
    exportLimit: round(exportPlain, 1),
    exportRatio: round(exportPlain / files.csv.seconds),
    agree: FORMATS.every((format) => files[format].agree),
  });
} finally {
  await house?.close();
  await installation.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
