// A month of a million jobs of one tenant, as the product would have left it: written set by set, without its triggers, then folded by the product itself.
import { note } from './installation.mjs';

/** Beginning and end of the month, in UTC. */
export const MONTH = { from: '2026-09-01T00:00:00Z', to: '2026-10-01T00:00:00Z' };

const QUOTE = JSON.stringify({
  priceListVersion: 1,
  items: [{ code: 'image', pixels: 1048576, steps: 30, images: 1, modelFactor: 1, controlNets: 1, loras: 0 }],
  lines: [
    { code: 'image', description: '1024 × 1024, 30 steps', quantity: 1, unitMilli: '4000', amountMilli: '4000' },
    { code: 'controlnet', description: 'ControlNet', quantity: 1, unitMilli: '1000', amountMilli: '1000' },
  ],
  totalMilli: '5000',
});

/** Every twentieth job lost an attempt before the one that was done; all credits were bought in one purchase. */
const STATEMENTS = [
  `INSERT INTO hold (tenant_id, job_id, id, state, amount_milli, charged_milli, quote, operation, model, team_id, user_id, key_id, reason, created_at, closed_at)
   SELECT $1, new_id(), new_id(), 'settled', 5000, 1000 + n % 9 * 500, $3::jsonb, (ARRAY['txt2img', 'img2img', 'upscale', 'inpaint', 'remove-background'])[1 + n % 5],
     (ARRAY['sd15', 'sdxl', NULL, 'sdxl-turbo', 'realistic-vision'])[1 + n % 5], CASE WHEN n % 21 > 0 THEN md5('team' || n % 21)::uuid END, md5('user' || n % 211)::uuid,
     CASE WHEN n % 3 > 0 THEN md5('key' || n % 31)::uuid END, 'done', ended - interval '12 seconds', ended
   FROM (SELECT n, $4::timestamptz + (n - random()) / $2 * ($5::timestamptz - $4::timestamptz) AS ended FROM generate_series(1, $2::int) n) made`,
  `INSERT INTO usage_attempt (tenant_id, task_id, attempt, job_id, box_id, pool_id, line, gpu_class, capacity, outcome, load_ms, work_ms, wasted_ms, share_ppm, occupied_us, rate_version,
     rate_micros_per_hour, cost_micros, absorbed_micros, operation, model, team_id, user_id, key_id, started_at, ended_at)
   SELECT $1, new_id(), a.attempt, h.job_id, h.id, h.id, 'gpu', (ARRAY['A10G', 'L4', 'T4'])[1 + abs(hashtext(h.job_id::text)) % 3], 'spot', a.outcome, 0, a.work, a.wasted, 1000000, a.work * 1000, 1,
     1000000, round(a.work / 3.6), round(a.wasted / 3.6), h.operation, h.model, h.team_id, h.user_id, h.key_id, h.closed_at - interval '9 seconds' - a.earlier, h.closed_at - interval '1 second' - a.earlier
   FROM hold h CROSS JOIN (VALUES (2, 'done', 8000, 0, interval '0'), (1, 'lost', 0, 2000, interval '20 seconds')) AS a(attempt, outcome, work, wasted, earlier)
   WHERE h.tenant_id = $1 AND h.closed_at >= $2 AND h.closed_at < $3 AND (a.outcome = 'done' OR hashtext(h.job_id::text) % 20 = 0)`,
  `INSERT INTO credit_grant (tenant_id, id, kind, priority, amount_milli, remaining_milli, idem_key, reason, created_at) VALUES ($1, $2, 'purchase', 30, 10000000000, 0, 'bench', 'bench', $3)`,
  `INSERT INTO charge (tenant_id, id, category, amount_micros, grant_id, description, period_start, period_end, charged_at, idem_key) VALUES ($1, $2, 'purchase', 160000000000, $2, 'Credits', $3, $4, $3, 'bench')`,
  `INSERT INTO hold_allocation (tenant_id, job_id, grant_id, amount_milli, charged_milli)
   SELECT tenant_id, job_id, $2, amount_milli, charged_milli FROM hold WHERE tenant_id = $1 AND closed_at >= $3 AND closed_at < $4`,
  `INSERT INTO usage_pending (tenant_id, at, operation, model, team_id, user_id, key_id, jobs, charged_milli, occupied_us, cost_micros)
   SELECT tenant_id, closed_at, operation, model, team_id, user_id, key_id, 1, charged_milli, 0, 0 FROM hold WHERE tenant_id = $1 AND closed_at >= $2 AND closed_at < $3
   UNION ALL SELECT tenant_id, ended_at, operation, model, team_id, user_id, key_id, 0, 0, occupied_us, cost_micros FROM usage_attempt WHERE tenant_id = $1 AND ended_at >= $2 AND ended_at < $3`,
];

/** @returns what waits to be summed up. */
export async function makeMonth(installation, tenantId, jobs) {
  const { from, to } = MONTH;
  const client = await installation.owner.connect();
  const { rows } = await client.query('SELECT new_id() AS id');
  const grant = rows[0].id;
  const parameters = [
    [tenantId, jobs, QUOTE, from, to],
    [tenantId, from, to],
    [tenantId, grant, from],
    [tenantId, grant, from, to],
    [tenantId, grant, from, to],
    [tenantId, from, to],
  ];
  let waiting = 0;
  try {
    await client.query(`SET session_replication_role = replica`);
    for (const [i, statement] of STATEMENTS.entries()) {
      const startedAt = performance.now();
      waiting = (await client.query(statement, parameters[i])).rowCount;
      note(`  ${statement.split(' ')[2]}: ${waiting} rows in ${Math.round(performance.now() - startedAt)} ms`);
    }
  } finally {
    await client.query('RESET session_replication_role').finally(() => client.release());
  }
  return waiting;
}
