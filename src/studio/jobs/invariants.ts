import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { NEXT_STATUSES } from './course/job-state.js';

export interface JobInvariant {
  name: string;
  text: string;
  /** The rows that break the rule; none is right. Needs a system transaction. */
  sql(em: EntityManager): Promise<object[]>;
}

/** Each pair of statuses that may follow each other in a history; a repeated status tells a reason, not a change. */
const ALLOWED = Object.entries(NEXT_STATUSES).flatMap(([from, next]) => [[from, from], ...next.map((to) => [from, to])]);
const ALLOWED_PAIRS = ALLOWED.map(([from, to]) => `('${from}', '${to}')`).join(', ');

const rule = (name: string, text: string): JobInvariant => ({ name, text, sql: (em) => rows(em, `${text} LIMIT 100`) });

/** What must hold of jobs at any moment, in production hourly and after every recovery; numbered as in the reliability goals. */
export const JOB_INVARIANTS: readonly JobInvariant[] = [
  rule(
    'I3 every job has exactly one hold, open while it lives, closed once when it has ended, charged at most what was held',
    `SELECT j.tenant_id, j.id, j.status, count(h.id) AS holds, min(h.state) AS state FROM job j LEFT JOIN hold h ON h.tenant_id = j.tenant_id AND h.job_id = j.id
      GROUP BY j.tenant_id, j.id
     HAVING count(h.id) <> 1 OR bool_or((h.state = 'open') <> (j.finished_at IS NULL)) OR bool_or(coalesce(h.charged_milli, 0) > h.amount_milli)
         OR bool_or(j.finished_at IS NOT NULL AND coalesce(h.charged_milli, 0) <> j.charged_milli)`,
  ),
  rule(
    'I3 every open hold has its living job',
    `SELECT h.tenant_id, h.job_id, h.amount_milli, j.status FROM hold h LEFT JOIN job j ON j.tenant_id = h.tenant_id AND j.id = h.job_id
      WHERE h.state = 'open' AND (j.id IS NULL OR j.finished_at IS NOT NULL)`,
  ),
  rule(
    'I4 no job is left behind by its tasks',
    `SELECT j.tenant_id, j.id, j.status FROM job j WHERE j.finished_at IS NULL AND j.created_at < now() - interval '30 seconds'
        AND (j.open_until IS NULL OR j.open_until < now() - interval '30 seconds')
        AND NOT EXISTS (SELECT FROM task t WHERE t.tenant_id = j.tenant_id AND t.job_id = j.id AND (t.finished_at IS NULL OR t.finished_at > now() - interval '30 seconds'))`,
  ),
  rule(
    'I4 no task outlives its job',
    `SELECT t.tenant_id, t.id, t.state FROM task t JOIN job j ON j.tenant_id = t.tenant_id AND j.id = t.job_id WHERE j.finished_at IS NOT NULL AND t.finished_at IS NULL`,
  ),
  rule(
    'I5 an Idempotency-Key has one effect',
    `SELECT tenant_id, idem_actor, idem_route, idem_key, count(*) FROM job WHERE idem_key IS NOT NULL GROUP BY tenant_id, idem_actor, idem_route, idem_key HAVING count(*) > 1`,
  ),
  rule(
    'I6 a job delivers what its result tasks made, once, when it has ended (an open one as it goes), each with its asset',
    `SELECT j.tenant_id, j.id, count(o.asset_id) AS outputs, count(a.id) AS assets FROM job j
       LEFT JOIN job_output o ON o.tenant_id = j.tenant_id AND o.job_id = j.id LEFT JOIN asset a ON a.tenant_id = o.tenant_id AND a.id = o.asset_id AND a.task_id = o.task_id
       LEFT JOIN LATERAL (SELECT coalesce(sum(jsonb_array_length(t.outputs)), 0) AS n FROM task t WHERE t.tenant_id = j.tenant_id AND t.job_id = j.id AND t.state = 'done'
           AND (j.result_kinds IS NULL OR t.kind = ANY(j.result_kinds))) AS made ON true
      GROUP BY j.tenant_id, j.id, made.n
     HAVING count(o.asset_id) <> count(a.id) OR (j.finished_at IS NOT NULL AND count(o.asset_id) <> made.n) OR (j.finished_at IS NULL AND j.open_until IS NULL AND count(o.asset_id) > 0)
         OR (j.finished_at IS NULL AND count(o.asset_id) > made.n) OR (j.status = 'succeeded' AND j.open_until IS NULL AND count(o.asset_id) = 0)`,
  ),
  rule(
    'I8 the status of a job changed along the allowed graph only, and its history ends where it stands',
    `SELECT * FROM (
       SELECT e.tenant_id, e.job_id, j.status AS stands, e.data->>'status' AS status, lag(e.data->>'status') OVER w AS before, lead(e.data->>'status') OVER w AS after
         FROM job_event e JOIN job j ON j.tenant_id = e.tenant_id AND j.id = e.job_id WHERE e.type = 'status' WINDOW w AS (PARTITION BY e.tenant_id, e.job_id ORDER BY e.id)) AS history
      WHERE (before IS NULL AND status <> 'queued') OR (before IS NOT NULL AND (before, status) NOT IN (${ALLOWED_PAIRS})) OR (after IS NULL AND status <> stands)`,
  ),
  rule(
    'I8 the events of a job are numbered without gaps until they are purged',
    `SELECT j.tenant_id, j.id, j.event_seq, count(e.id) AS events FROM job j LEFT JOIN job_event e ON e.tenant_id = j.tenant_id AND e.job_id = j.id
      WHERE j.purged_at IS NULL GROUP BY j.tenant_id, j.id HAVING count(e.id) <> j.event_seq OR max(e.id) <> j.event_seq`,
  ),
];
