#!/usr/bin/env node
// Idle submit → engine start over the whole path, beside a bare BullMQ add → process on the same backend.
import { randomUUID } from 'node:crypto';
import { createPostgresBackend, Queue, setDefaultBackendFactory, Worker } from 'bullmq';
import pg from 'pg';
import { helpAsked, makeTenants, makeUnlimitedPlan, note, percentile, report, round, sleep, startInstallation } from './installation.mjs';

helpAsked(`Usage: npm run bench:dispatch

On an idle installation with one local box, submits jobs one by one and measures from sending the request to the start of the engine as the
agent stamps it (same clock). The limit is a bare BullMQ add → process on the same backend; ratio = p50 of ours / p50 of that.`);

const JOBS = Number(process.env.BENCH_JOBS ?? 150);

async function bareQueue(installation) {
  let connection;
  let pool;
  if (process.env.REDIS_URL) {
    const url = new URL(process.env.REDIS_URL);
    connection = { host: url.hostname, port: Number(url.port || 6379) };
  } else {
    pool = new pg.Pool({ connectionString: installation.queueUrl, max: 6, options: '-c search_path=bullmq,public' });
    pool.setMaxListeners(0);
    setDefaultBackendFactory(createPostgresBackend);
    connection = pool;
  }
  const name = `bench-${randomUUID()}`;
  const queue = new Queue(name, { connection });
  const started = new Map();
  const worker = new Worker(name, async (job) => started.get(job.data.n)?.(performance.now()), { connection });
  await worker.waitUntilReady();
  const latencies = [];
  for (let n = 0; n < JOBS; n++) {
    const begun = new Promise((resolve) => started.set(n, resolve));
    const addedAt = performance.now();
    await queue.add('t', { n }, { removeOnComplete: true });
    latencies.push((await begun) - addedAt);
    await sleep(20);
  }
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  await pool?.end();
  return latencies.slice(10).toSorted((a, b) => a - b);
}

const installation = await startInstallation({ ATELIER_LOCAL_BOXES: '1' });
try {
  const plan = await makeUnlimitedPlan(installation);
  const [tenant] = await makeTenants(installation, 1, plan);
  const latencies = [];
  note(`${JOBS} jobs, one by one`);
  for (let n = 0; n < JOBS + 10; n++) {
    const sentAt = Date.now();
    const { id } = await installation.call('POST', '/generate/txt2img', {
      token: tenant.key,
      headers: { 'idempotency-key': randomUUID() },
      body: { prompt: `dispatch ${n}`, width: 64, height: 64, steps: 1, seed: n },
    });
    let job;
    do {
      await sleep(25);
      job = await installation.call('GET', `/jobs/${id}`, { token: tenant.key });
    } while (!['succeeded', 'failed', 'canceled'].includes(job.status));
    if (job.status !== 'succeeded') throw new Error(`job ${id} ${job.status}: ${JSON.stringify(job.error)}`);
    if (n >= 10) latencies.push(Date.parse(job.startedAt) - sentAt);
    await sleep(60);
  }
  latencies.sort((a, b) => a - b);
  note('bare BullMQ');
  const bare = await bareQueue(installation);
  const p50 = percentile(latencies, 50);
  const bareP50 = percentile(bare, 50);
  report({
    name: 'dispatch',
    value: round(p50),
    unit: 'ms',
    limit: 40,
    ratio: round(p50 / 40),
    p50: round(p50),
    p99: round(percentile(latencies, 99)),
    bareP50: round(bareP50),
    bareP99: round(percentile(bare, 99)),
    jobs: JOBS,
    backend: process.env.REDIS_URL ? 'redis' : 'postgres',
  });
} finally {
  await installation.stop();
}
