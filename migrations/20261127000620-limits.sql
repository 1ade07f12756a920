-- Limits that all processes count together: calls a minute (gcra), generations and uploads an hour (window). Unlogged: a crash forgives, and no
-- decision waits for the disk.
CREATE UNLOGGED TABLE limit_meter (
  key       text PRIMARY KEY,               -- '<policy>:<id of key, session or tenant>'
  -- what was asked last
  algorithm text NOT NULL CHECK (algorithm IN ('gcra', 'window')),
  quota     bigint NOT NULL,
  window_ms bigint NOT NULL CHECK (window_ms > 0),
  asked     int NOT NULL,
  returned  int NOT NULL,
  -- the meter, and how many of the asked were let through
  at        bigint NOT NULL,                -- milliseconds since 1970
  used      bigint NOT NULL,
  before    bigint NOT NULL,
  granted   int NOT NULL
) WITH (fillfactor = 50);
SELECT system_table('limit_meter', 'counters by the id of a key, session or tenant; nothing of what they did');

-- One step of a meter: platform/limits/meter.ts says what the numbers mean.
CREATE FUNCTION limit_step(p_algorithm text, p_at bigint, p_used bigint, p_before bigint, p_now bigint, p_quota bigint, p_window bigint, p_asked int, p_returned int,
  OUT at bigint, OUT used bigint, OUT before bigint, OUT granted int) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_now bigint := greatest(p_now, p_at);
BEGIN
  IF p_algorithm = 'gcra' THEN
    used := greatest(0, least(p_used, p_quota * p_window) - least(v_now - p_at, p_window) * p_quota - p_returned * p_window);
    granted := least(p_asked, (p_quota * p_window - used) / p_window);
    used := used + granted * p_window;
    at := v_now;
    before := 0;
    RETURN;
  END IF;
  IF v_now - p_at >= 2 * p_window OR (p_used = 0 AND p_before = 0) THEN
    at := v_now; used := 0; before := 0;
  ELSIF v_now - p_at >= p_window THEN
    at := p_at + p_window; used := 0; before := p_used;
  ELSE
    at := p_at; used := p_used; before := p_before;
  END IF;
  used := greatest(0, used - p_returned);
  granted := greatest(0, least(p_asked, ((p_quota - used) * p_window - before * (p_window - (v_now - at))) / p_window));
  used := used + granted;
END $$;

-- Decides many questions in one statement, each key once; rows are locked in the order of their keys. p_now NULL: this server's clock.
CREATE FUNCTION take_limits(p_now bigint, p_keys text[], p_algorithms text[], p_quotas bigint[], p_windows bigint[], p_asked int[], p_returned int[])
RETURNS TABLE (ord bigint, granted int, at bigint, used bigint, before bigint, now_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_now bigint := coalesce(p_now, floor(extract(epoch FROM clock_timestamp()) * 1000));
BEGIN
  RETURN QUERY
  WITH ask AS MATERIALIZED (
    SELECT * FROM unnest(p_keys, p_algorithms, p_quotas, p_windows, p_asked, p_returned) WITH ORDINALITY AS a(key, algorithm, quota, window_ms, asked, returned, ord)
  ), decided AS (
    INSERT INTO limit_meter AS m (key, algorithm, quota, window_ms, asked, returned, at, used, before, granted)
    SELECT ask.key, ask.algorithm, ask.quota, ask.window_ms, ask.asked, ask.returned, s.at, s.used, s.before, s.granted
    FROM ask CROSS JOIN LATERAL limit_step(ask.algorithm, v_now, 0, 0, v_now, ask.quota, ask.window_ms, ask.asked, ask.returned) s ORDER BY ask.key
    ON CONFLICT (key) DO UPDATE SET algorithm = EXCLUDED.algorithm, quota = EXCLUDED.quota, window_ms = EXCLUDED.window_ms, asked = EXCLUDED.asked, returned = EXCLUDED.returned,
      (at, used, before, granted) = (
        SELECT s.at, s.used, s.before, s.granted
        FROM limit_step(EXCLUDED.algorithm, m.at, m.used, m.before, v_now, EXCLUDED.quota, EXCLUDED.window_ms, EXCLUDED.asked, EXCLUDED.returned) s)
    RETURNING m.key, m.granted, m.at, m.used, m.before
  )
  SELECT ask.ord, d.granted, d.at, d.used, d.before, v_now FROM decided d JOIN ask ON ask.key = d.key;
END $$;
REVOKE ALL ON FUNCTION take_limits(bigint, text[], text[], bigint[], bigint[], int[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_limits(bigint, text[], text[], bigint[], bigint[], int[], int[]) TO atelier_app, atelier_system;
ALTER FUNCTION take_limits(bigint, text[], text[], bigint[], bigint[], int[], int[]) OWNER TO atelier_system;
