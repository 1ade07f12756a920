-- Whether an attempt works with a file that a tenant brought: its failures say nothing of the box.
ALTER TABLE task_attempt ADD COLUMN of_tenant boolean NOT NULL DEFAULT false;

-- A tenant that takes a model away takes its files from those that boxes are asked to fetch.
CREATE FUNCTION forget_weights(p_model uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
  DELETE FROM weights_state WHERE model_id = p_model;
$$;
REVOKE ALL ON FUNCTION forget_weights(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_weights(uuid) TO atelier_app, atelier_system;
ALTER FUNCTION forget_weights(uuid) OWNER TO atelier_system;
