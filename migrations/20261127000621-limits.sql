-- Videos of a plan period are counted from the holds themselves, under the wallet's lock: one that was voided does not count.
CREATE INDEX hold_videos ON hold (tenant_id, created_at) WHERE operation = 'video' AND state <> 'voided';

-- What is left of the period's videos, NULL: no limit. Locks the wallet like every step before a hold, so that what it answers stays true until the caller
-- has held or given up.
CREATE FUNCTION ledger_videos_left(p_tenant uuid) RETURNS TABLE (allowed int, used int, ends_at timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  PERFORM 1 FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
  RETURN QUERY
  SELECT (v.limits->>'videosPerMonth')::int,
    (SELECT count(*)::int FROM hold h WHERE h.tenant_id = p_tenant AND h.operation = 'video' AND h.state <> 'voided' AND h.created_at >= period.starts_at), period.ends_at
  FROM plan_of(p_tenant) AS o JOIN plan_version v ON v.plan = o.plan AND v.version = o.version CROSS JOIN LATERAL plan_period(o.period_anchor, now()) AS period;
END $$;

-- A job runs from its first ticket to its end: the tasks it still has to do are marked, and it keeps its place among the tenant's running jobs while they wait.
ALTER TABLE task ADD COLUMN begun boolean NOT NULL DEFAULT false;
UPDATE task SET begun = true WHERE state IN ('ready', 'blocked')
  AND EXISTS (SELECT FROM task b WHERE b.tenant_id = task.tenant_id AND b.job_id = task.job_id AND b.attempt > 0);
CREATE INDEX task_begun ON task (tenant_id, job_id) WHERE begun AND state IN ('ready', 'blocked');
