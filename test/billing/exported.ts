import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { ExportWriting } from '../../src/billing/exports/index.js';
import { newId, parseId } from '../../src/platform/ids/index.js';
import type { Person, TestApp } from '../support/app.js';

export interface Finished {
  id: string;
  status: string;
  url: string;
  sidecarUrl: string;
  sha256: string;
  bytes: number;
  totals: { rows: number; credits: string; costMicros?: string; billedMicros?: string; effectiveMicros?: string };
}

/** Orders a file, lets it be written and downloads it. */
export async function exported(app: TestApp, person: Person, wish: object): Promise<{ file: Finished; content: Buffer }> {
  const { body } = await app.api(person.token).post('/exports').send(wish).expect(202);
  await app.nest.get(ExportWriting, { strict: false }).run();
  let file = body as Finished;
  for (const deadline = Date.now() + 20_000; file.status !== 'ready' && Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50)))
    file = (await app.api(person.token).get(`/exports/${body.id}`).expect(200)).body as Finished;
  expect(file.status).toBe('ready');
  const content = Buffer.from(await (await fetch(file.url)).arrayBuffer());
  expect(createHash('sha256').update(content).digest('hex')).toBe(file.sha256);
  return { file, content };
}

/** Jobs that ended, each with one attempt, as rows: evenly from `from` on. Those of every seventh step ran on no GPU; the third part has no model. */
export async function manyJobs(app: TestApp, person: Person, count: number, from: string, stepSeconds: number): Promise<void> {
  const [tenantId, userId] = [parseId('tnt', person.tenantId), parseId('usr', person.userId)];
  const teams = [newId(), newId(), newId()];
  await app.db.sql(
    `WITH made AS (
       SELECT n, new_id() AS job, new_id() AS id, $4::timestamptz + n * $5 * interval '1 second' AS ended, (ARRAY['txt2img', 'upscale', '=operation'])[1 + n % 3] AS operation,
         (ARRAY['sd15', NULL, 'sdxl'])[1 + n % 3] AS model, CASE WHEN n % 4 > 0 THEN ($6::uuid[])[n % 4] END AS team FROM generate_series(1, $3::int) n
     ), held AS (
       INSERT INTO hold (tenant_id, job_id, id, state, amount_milli, charged_milli, quote, operation, model, team_id, user_id, created_at, closed_at)
       SELECT $1, job, id, 'settled', 500 + n % 9 * 125, 500 + n % 9 * 125, '{"priceListVersion": 1}', operation, model, team, $2, ended - interval '5 seconds', ended FROM made
     )
     INSERT INTO usage_attempt (tenant_id, task_id, attempt, job_id, box_id, pool_id, line, gpu_class, capacity, outcome, load_ms, work_ms, wasted_ms, share_ppm, occupied_us, rate_version,
       rate_micros_per_hour, cost_micros, absorbed_micros, operation, model, team_id, user_id, started_at, ended_at)
     SELECT $1, new_id(), 1, job, new_id(), new_id(), 'gpu', CASE WHEN n % 7 = 0 THEN 'CPU' ELSE 'A10G' END, 'spot', 'done', 0, 1000 + n, 0, 1000000, (1000 + n) * 1000, 1,
       1000000, 280 + n, 0, operation, model, team, $2, ended - interval '4 seconds', ended - interval '2 seconds' FROM made`,
    [tenantId, userId, count, from, stepSeconds, teams],
  );
}
