-- Usage, summed up by the quarter of an hour.
--
-- What ends is noted by triggers in usage_pending (inserts only: no two jobs ever wait for each other) and moved from there into usage_slot by one sweep, in
-- one statement. Who reads adds both, so sums are exact at every instant. Every zone of today is whole quarters of an hour away from UTC.

CREATE TABLE usage_pending (
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,                  -- the end of the job or of the attempt
  operation text NOT NULL,
  model text,
  team_id uuid,
  user_id uuid,
  key_id uuid,
  jobs int NOT NULL,
  charged_milli bigint NOT NULL,
  occupied_us bigint NOT NULL,
  cost_micros bigint NOT NULL
);
CREATE INDEX usage_pending_tenant ON usage_pending (tenant_id);
SELECT protect_tenant_table('usage_pending', '{SELECT,INSERT}');

-- One row per dimension, value and quarter; dimension 'all' has one value, ''. '' also stands for "none" (no team, no model, no key).
CREATE TABLE usage_slot (
  tenant_id uuid NOT NULL,
  dimension text NOT NULL CHECK (dimension IN ('all', 'team', 'user', 'key', 'model', 'operation')),
  slot timestamptz NOT NULL,
  value text NOT NULL,
  jobs bigint NOT NULL,
  charged_milli bigint NOT NULL,
  occupied_us bigint NOT NULL,
  cost_micros bigint NOT NULL,
  PRIMARY KEY (tenant_id, dimension, slot, value)
) WITH (fillfactor = 80);
SELECT protect_tenant_table('usage_slot', '{SELECT}');

CREATE FUNCTION note_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_pending (tenant_id, at, operation, model, team_id, user_id, key_id, jobs, charged_milli, occupied_us, cost_micros)
  SELECT tenant_id, ended_at, operation, model, team_id, user_id, key_id, 0, 0, occupied_us, cost_micros FROM added;
  RETURN NULL;
END $$;
CREATE TRIGGER note_attempts AFTER INSERT ON usage_attempt REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_attempts();

-- A hold closes once. Should a closed one ever be corrected, what was noted of it is taken back first.
CREATE FUNCTION note_closed_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL THEN
    INSERT INTO usage_pending (tenant_id, at, operation, model, team_id, user_id, key_id, jobs, charged_milli, occupied_us, cost_micros)
    VALUES (OLD.tenant_id, OLD.closed_at, OLD.operation, OLD.model, OLD.team_id, OLD.user_id, OLD.key_id, -1, -OLD.charged_milli, 0, 0);
  END IF;
  INSERT INTO usage_pending (tenant_id, at, operation, model, team_id, user_id, key_id, jobs, charged_milli, occupied_us, cost_micros)
  VALUES (NEW.tenant_id, NEW.closed_at, NEW.operation, NEW.model, NEW.team_id, NEW.user_id, NEW.key_id, 1, NEW.charged_milli, 0, 0);
  RETURN NULL;
END $$;
CREATE TRIGGER note_closed_hold AFTER UPDATE ON hold FOR EACH ROW
  WHEN (NEW.closed_at IS NOT NULL AND (OLD.closed_at IS DISTINCT FROM NEW.closed_at OR OLD.charged_milli <> NEW.charged_milli)) EXECUTE FUNCTION note_closed_hold();
CREATE TRIGGER note_new_closed_hold AFTER INSERT ON hold FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL) EXECUTE FUNCTION note_closed_hold();

-- Moves up to p_limit notes into the slots; returns how many. Of two at once, one does it.
CREATE FUNCTION usage_fold(p_limit int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  v_moved int;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('usage_fold', 0)) THEN RETURN 0; END IF;
  WITH taken AS (
    DELETE FROM usage_pending WHERE ctid = ANY (ARRAY(SELECT ctid FROM usage_pending LIMIT p_limit)) RETURNING *
  ), added AS (
    INSERT INTO usage_slot AS s (tenant_id, dimension, slot, value, jobs, charged_milli, occupied_us, cost_micros)
    SELECT t.tenant_id, d.dimension, date_bin('15 minutes', t.at, '2000-01-01Z'), d.value, sum(t.jobs), sum(t.charged_milli), sum(t.occupied_us), sum(t.cost_micros)
    FROM taken t CROSS JOIN LATERAL (VALUES ('all', ''), ('team', coalesce(t.team_id::text, '')), ('user', coalesce(t.user_id::text, '')),
      ('key', coalesce(t.key_id::text, '')), ('model', coalesce(t.model, '')), ('operation', t.operation)) AS d(dimension, value)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, dimension, slot, value) DO UPDATE SET jobs = s.jobs + EXCLUDED.jobs, charged_milli = s.charged_milli + EXCLUDED.charged_milli,
      occupied_us = s.occupied_us + EXCLUDED.occupied_us, cost_micros = s.cost_micros + EXCLUDED.cost_micros
  )
  SELECT count(*) INTO v_moved FROM taken;
  RETURN v_moved;
END $$;

-- What had ended before.
INSERT INTO usage_pending (tenant_id, at, operation, model, team_id, user_id, key_id, jobs, charged_milli, occupied_us, cost_micros)
SELECT tenant_id, closed_at, operation, model, team_id, user_id, key_id, 1, charged_milli, 0, 0 FROM hold WHERE closed_at IS NOT NULL
UNION ALL
SELECT tenant_id, ended_at, operation, model, team_id, user_id, key_id, 0, 0, occupied_us, cost_micros FROM usage_attempt;
