-- fleet: what the boxes of a pool can do, or its last ones could; written by fleet/boxes whenever a box comes or goes. NULL: it never had one.
ALTER TABLE pool ADD COLUMN abilities text[];

-- ---- thermal states of weights ---------------------------------------------------------------------------------------------
CREATE TABLE weights_state (
  model_id       uuid PRIMARY KEY,
  -- [{digest, key, bytes, vramMb, role, name, format, passport}], as tasks name them
  weights        jsonb NOT NULL,
  digests        text[] NOT NULL,
  load_ms        int NOT NULL CHECK (load_ms >= 0),
  mode           text NOT NULL DEFAULT 'COLD' CHECK (mode IN ('OFF', 'COLD', 'WARM', 'HOT', 'AUTOMATIC')),
  -- What AUTOMATIC decided last.
  decided        text NOT NULL DEFAULT 'COLD' CHECK (decided IN ('COLD', 'WARM', 'HOT')),
  warm_until     timestamptz,
  used_at        timestamptz,
  -- The box that was asked to fetch it, until when the others leave it alone.
  fetching_box   uuid,
  fetching_until timestamptz
);
SELECT system_table('weights_state', 'files of models and where they are, no tenant');

-- A tenant that imports a model declares its files inside its own transaction.
CREATE FUNCTION declare_weights(p_model uuid, p_weights jsonb, p_load_ms int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
  INSERT INTO weights_state (model_id, weights, digests, load_ms)
  VALUES (p_model, p_weights, array(SELECT w->>'digest' FROM jsonb_array_elements(p_weights) w), p_load_ms)
  ON CONFLICT (model_id) DO UPDATE SET weights = excluded.weights, digests = excluded.digests, load_ms = excluded.load_ms, fetching_box = NULL;
$$;
REVOKE ALL ON FUNCTION declare_weights(uuid, jsonb, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION declare_weights(uuid, jsonb, int) TO atelier_app, atelier_system;
ALTER FUNCTION declare_weights(uuid, jsonb, int) OWNER TO atelier_system;

-- However a task becomes ready, it waits while weights it needs are off.
CREATE FUNCTION hold_task_of_weights_off() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM weights_state WHERE mode = 'OFF' AND digests && array(SELECT w->>'digest' FROM jsonb_array_elements(NEW.weights) w)) THEN
    NEW.not_before := 'infinity';
    NEW.wait_reason := 'model_off';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION hold_task_of_weights_off() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_task_of_weights_off() TO atelier_app, atelier_system;
ALTER FUNCTION hold_task_of_weights_off() OWNER TO atelier_system;
CREATE TRIGGER task_weights_off BEFORE INSERT OR UPDATE OF state ON task FOR EACH ROW
  WHEN (NEW.state = 'ready' AND NEW.weights <> '[]') EXECUTE FUNCTION hold_task_of_weights_off();
