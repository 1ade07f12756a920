-- Usage events at speed: no two completions meet at a row, and sums are made without spreading every note over all dimensions first.

-- A foreign key locks the row it points to. All attempts of a class point to one card: the lock of that row was taken for each of them. Cards are
-- append-only instead: what was pointed to once stays.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON rate_card FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON rate_card FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE usage_attempt DROP CONSTRAINT usage_attempt_rate_version_fkey;

-- As before: moves up to p_limit notes into the slots; returns how many. Of two at once, one does it.
CREATE OR REPLACE FUNCTION usage_fold(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  v_moved int;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('usage_fold', 0)) THEN RETURN 0; END IF;
  WITH taken AS (
    DELETE FROM usage_pending WHERE ctid = ANY (ARRAY(SELECT ctid FROM usage_pending LIMIT p_limit)) RETURNING *
  ), summed AS (
    -- One set of sums per dimension; GROUPING has a bit for each dimension that a set is not about.
    SELECT tenant_id, date_bin('15 minutes', at, '2000-01-01Z') AS slot, team_id, user_id, key_id, model, operation,
      GROUPING(team_id, user_id, key_id, model, operation) AS left_out,
      sum(jobs) AS jobs, sum(charged_milli) AS charged_milli, sum(occupied_us) AS occupied_us, sum(cost_micros) AS cost_micros
    FROM taken GROUP BY tenant_id, date_bin('15 minutes', at, '2000-01-01Z'), GROUPING SETS ((), (team_id), (user_id), (key_id), (model), (operation))
  ), added AS (
    INSERT INTO usage_slot AS s (tenant_id, dimension, slot, value, jobs, charged_milli, occupied_us, cost_micros)
    SELECT tenant_id, CASE left_out WHEN 31 THEN 'all' WHEN 15 THEN 'team' WHEN 23 THEN 'user' WHEN 27 THEN 'key' WHEN 29 THEN 'model' ELSE 'operation' END, slot,
      CASE left_out WHEN 31 THEN '' WHEN 15 THEN coalesce(team_id::text, '') WHEN 23 THEN coalesce(user_id::text, '') WHEN 27 THEN coalesce(key_id::text, '')
        WHEN 29 THEN coalesce(model, '') ELSE operation END, jobs, charged_milli, occupied_us, cost_micros
    FROM summed ORDER BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, dimension, slot, value) DO UPDATE SET jobs = s.jobs + EXCLUDED.jobs, charged_milli = s.charged_milli + EXCLUDED.charged_milli,
      occupied_us = s.occupied_us + EXCLUDED.occupied_us, cost_micros = s.cost_micros + EXCLUDED.cost_micros
  )
  SELECT count(*) INTO v_moved FROM taken;
  RETURN v_moved;
END $$;
