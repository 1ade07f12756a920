-- A past period, replayed against a draft of a price list. `replay` is how far it has come: a process that dies loses at most a page.
CREATE TABLE price_simulation (
  id                uuid PRIMARY KEY,
  state             text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
  from_at           timestamptz NOT NULL,
  to_at             timestamptz NOT NULL,
  note              text NOT NULL,
  -- Prices in milli-credits, as in price_list.
  draft             jsonb NOT NULL,
  total_jobs        int NOT NULL,
  replay            jsonb NOT NULL,
  scheduled_version int REFERENCES price_list,
  created_by        uuid,
  created_at        timestamptz NOT NULL DEFAULT now(),
  finished_at       timestamptz,
  CHECK (from_at < to_at),
  CHECK ((state = 'done') = (finished_at IS NOT NULL)),
  CHECK (scheduled_version IS NULL OR state = 'done')
);
CREATE INDEX price_simulation_running ON price_simulation (created_at) WHERE state = 'running';
SELECT system_table('price_simulation', 'what other prices would have brought, over all tenants: for operators');
