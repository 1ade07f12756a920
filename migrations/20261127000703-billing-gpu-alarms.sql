-- How many hours GPUs may work in a calendar day, ISO week or month of UTC before operators are told: of the whole house, a pool or a tenant.
CREATE TABLE gpu_alarm (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('house', 'pool', 'tenant')),
  subject_id uuid,
  period text NOT NULL CHECK (period IN ('day', 'week', 'month')),
  limit_hours int NOT NULL CHECK (limit_hours > 0),
  thresholds smallint[] NOT NULL,           -- per cent of the limit at which to tell
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((scope = 'house') = (subject_id IS NULL))
);
SELECT system_table('gpu_alarm', 'set by operators, about the machines of the house');

-- The key makes each threshold of a period be told once.
CREATE TABLE gpu_alarm_told (
  alarm_id uuid NOT NULL REFERENCES gpu_alarm ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  threshold smallint NOT NULL,
  worked_us bigint NOT NULL,
  told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (alarm_id, starts_at, threshold)
);
SELECT system_table('gpu_alarm_told', 'what operators were told of the machines of the house');

-- Sums over all tenants read this index alone.
CREATE INDEX usage_attempt_gpu ON usage_attempt (ended_at) INCLUDE (pool_id, tenant_id, occupied_us) WHERE line = 'gpu';

-- The running period of each alarm and the hours in it; one pass over the attempts for each kind of period that an alarm has.
CREATE VIEW gpu_alarm_state WITH (security_invoker = true) AS
  WITH span AS (
    SELECT k.period, p.starts_at, p.ends_at FROM (SELECT DISTINCT period FROM gpu_alarm) AS k CROSS JOIN LATERAL budget_period_at('UTC', k.period, now()) AS p
  ), worked AS MATERIALIZED (
    SELECT s.period, u.pool_id, u.tenant_id, sum(u.occupied_us) AS us FROM span s JOIN usage_attempt u ON u.line = 'gpu' AND u.ended_at >= s.starts_at AND u.ended_at < s.ends_at
    GROUP BY s.period, u.pool_id, u.tenant_id
  )
  SELECT a.*, s.starts_at, s.ends_at, (SELECT coalesce(sum(w.us), 0)::bigint FROM worked w WHERE w.period = a.period
    AND CASE a.scope WHEN 'house' THEN true WHEN 'pool' THEN w.pool_id = a.subject_id ELSE w.tenant_id = a.subject_id END) AS worked_us
  FROM gpu_alarm a JOIN span s USING (period);
GRANT SELECT ON gpu_alarm_state TO atelier_system;
