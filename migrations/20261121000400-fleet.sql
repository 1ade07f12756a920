-- fleet: pools of boxes, the tasks they run, the order in which tasks run, and the book of seconds.

-- ---- pools -----------------------------------------------------------------------------------------------------------------
CREATE TABLE pool (
  id            uuid PRIMARY KEY,
  name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9-]{0,39}$'),
  provider      text NOT NULL CHECK (provider IN ('local', 'aws', 'kubernetes')),
  gpu_class     text NOT NULL CHECK (gpu_class IN ('CPU', 'T4', 'L4', 'A10G', 'A100', 'H100')),
  capacity      text NOT NULL CHECK (capacity IN ('on_demand', 'spot')),
  min_boxes     int NOT NULL CHECK (min_boxes >= 0),
  max_boxes     int NOT NULL CHECK (max_boxes >= min_boxes),
  slots_per_box int NOT NULL CHECK (slots_per_box BETWEEN 1 AND 64),
  paused        boolean NOT NULL DEFAULT false,
  -- Slots of the boxes that take work now, written by fleet/boxes whenever a box comes or goes.
  live_slots    int NOT NULL DEFAULT 0 CHECK (live_slots >= 0),
  created_at    timestamptz NOT NULL DEFAULT now()
);
SELECT system_table('pool', 'machines serve all tenants');

-- Several may hold at once, so that rotation never refuses a box that is just starting.
CREATE TABLE pool_secret (
  secret_hash bytea PRIMARY KEY,
  pool_id     uuid NOT NULL REFERENCES pool,
  expires_at  timestamptz NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pool_secret_of_pool ON pool_secret (pool_id);
SELECT system_table('pool_secret', 'hashes of the bootstrap secrets of boxes');

CREATE TABLE lane (
  id         uuid PRIMARY KEY,
  pool_id    uuid NOT NULL REFERENCES pool,
  base       text NOT NULL CHECK (base ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (pool_id, base)
);
SELECT system_table('lane', 'machine class and base model, no tenant');

-- The lane of a pool for a base model, made on first use inside the submitting transaction (whose role may not write lanes).
CREATE FUNCTION ensure_lane(p_id uuid, p_pool uuid, p_base text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
DECLARE found uuid;
BEGIN
  INSERT INTO lane (id, pool_id, base) VALUES (p_id, p_pool, p_base) ON CONFLICT (pool_id, base) DO NOTHING;
  SELECT id INTO found FROM lane WHERE pool_id = p_pool AND base = p_base;
  RETURN found;
END $$;
REVOKE ALL ON FUNCTION ensure_lane(uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_lane(uuid, uuid, text) TO atelier_app, atelier_system;
ALTER FUNCTION ensure_lane(uuid, uuid, text) OWNER TO atelier_system;

-- ---- tasks -----------------------------------------------------------------------------------------------------------------
CREATE TABLE task (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL,
  job_id           uuid NOT NULL,
  kind             text NOT NULL,
  parameters       jsonb NOT NULL,
  -- [{name, key, sha256, bytes, contentType}]
  inputs           jsonb NOT NULL DEFAULT '[]',
  -- [{digest, key, bytes, vramMb}]
  weights          jsonb NOT NULL DEFAULT '[]',
  vram_mb          int NOT NULL DEFAULT 0,
  pool_id          uuid NOT NULL,
  lane_id          uuid NOT NULL,
  state            text NOT NULL CHECK (state IN ('blocked', 'ready', 'queued', 'leased', 'running', 'stopping', 'done', 'failed', 'canceled')),
  -- The fence: grows by one with every ticket; a write that names another attempt is refused.
  attempt          int NOT NULL DEFAULT 0,
  -- Errors of the task itself, and distinct boxes that died under it. Notices, drains and outages of ours count in neither.
  failures         int NOT NULL DEFAULT 0,
  suspect_losses   int NOT NULL DEFAULT 0,
  lost_boxes       uuid[] NOT NULL DEFAULT '{}',
  -- Set while a ready task pauses before its next attempt; cleared by the sweep when due.
  not_before       timestamptz,
  -- Size in the kind's unit (megapixel-steps) and what that is expected to take.
  units            double precision NOT NULL DEFAULT 1,
  estimate_ms      int NOT NULL,
  time_limit_ms    int NOT NULL,
  tier_weight      int NOT NULL CHECK (tier_weight > 0),
  running_cap      int,
  -- Fair order: start tags of tier and tenant at the first promotion, kept for life, and what the current attempt was charged.
  tier_tag         double precision,
  tag              double precision,
  fair_cost        double precision,
  lease_expires_at timestamptz,
  box_id           uuid,
  queued_at        timestamptz,
  leased_at        timestamptz,
  started_at       timestamptz,
  progress         jsonb,
  outputs          jsonb NOT NULL DEFAULT '[]',
  error            jsonb,
  steps_done       int,
  steps_total      int,
  simulated        boolean NOT NULL DEFAULT false,
  wait_reason      text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  ready_at         timestamptz,
  finished_at      timestamptz,
  UNIQUE (tenant_id, id),
  CHECK ((state IN ('leased', 'running', 'stopping')) = (lease_expires_at IS NOT NULL)),
  CHECK ((state IN ('done', 'failed', 'canceled')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX task_of_job ON task (tenant_id, job_id);
-- Promotion walks (tier, tenant) heads: the oldest kept tag first, then the oldest id.
CREATE INDEX task_ready ON task (lane_id, tier_weight, tenant_id, tag, id) WHERE state = 'ready' AND not_before IS NULL;
CREATE INDEX task_paused ON task (not_before) WHERE state = 'ready' AND not_before IS NOT NULL;
CREATE INDEX task_blocked ON task (tenant_id, job_id) WHERE state = 'blocked';
CREATE INDEX task_active ON task (tenant_id, job_id) INCLUDE (pool_id, lane_id, state) WHERE state IN ('queued', 'leased', 'running', 'stopping');
CREATE INDEX task_queued ON task (pool_id, lane_id) WHERE state = 'queued';
CREATE INDEX task_leased ON task (lease_expires_at) WHERE state IN ('leased', 'running', 'stopping');
CREATE INDEX task_on_box ON task (box_id) WHERE state IN ('leased', 'running', 'stopping');
SELECT protect_tenant_table('task', '{SELECT,INSERT,UPDATE}');

-- What an ended attempt adds to (or gives back of) its tenant's service. Written with the change, folded in by the next promotion, so
-- that only promotion ever touches the fair rows.
CREATE TABLE fair_correction (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   uuid NOT NULL,
  pool_id     uuid NOT NULL,
  tier_weight int NOT NULL,
  delta       double precision NOT NULL
);
CREATE INDEX fair_correction_tenant ON fair_correction (tenant_id);
CREATE INDEX fair_correction_pool ON fair_correction (pool_id);
SELECT protect_tenant_table('fair_correction', '{INSERT}');

-- ---- lanes: start-time fair queueing, V and F as rows ----------------------------------------------------------------------------
CREATE TABLE fair_pool (
  pool_id uuid PRIMARY KEY REFERENCES pool,
  v       double precision NOT NULL DEFAULT 0
);
SELECT system_table('fair_pool', 'virtual time of a pool');

CREATE TABLE fair_tier (
  pool_id     uuid NOT NULL REFERENCES pool,
  tier_weight int NOT NULL,
  -- Finish tag of the tier among the tiers, and virtual time among its tenants.
  f           double precision NOT NULL,
  v           double precision NOT NULL,
  PRIMARY KEY (pool_id, tier_weight)
);
SELECT system_table('fair_tier', 'finish tags of the tiers of a pool');

CREATE TABLE fair_tenant (
  tenant_id   uuid NOT NULL,
  pool_id     uuid NOT NULL,
  tier_weight int NOT NULL,
  f           double precision NOT NULL,
  PRIMARY KEY (tenant_id, pool_id, tier_weight)
);
SELECT protect_tenant_table('fair_tenant', '{SELECT}');

-- ---- boxes -----------------------------------------------------------------------------------------------------------------
CREATE TABLE box (
  id                     uuid PRIMARY KEY,
  pool_id                uuid NOT NULL REFERENCES pool,
  -- The provider's id of the machine; registers once.
  instance_id            text NOT NULL,
  state                  text NOT NULL CHECK (state IN ('booting', 'ready', 'draining', 'quarantined', 'lost', 'gone')),
  state_reason           text,
  -- Single-use proof of a local box, until it registered.
  nonce_hash             bytea,
  nonce_expires_at       timestamptz,
  token_hash             bytea UNIQUE,
  token_expires_at       timestamptz,
  previous_token_hash    bytea UNIQUE,
  previous_token_until   timestamptz,
  gpu_class              text NOT NULL,
  capacity               text NOT NULL,
  zone                   text,
  gpu                    jsonb,
  agent_version          text,
  engines                jsonb NOT NULL DEFAULT '[]',
  slots                  int NOT NULL,
  loaded                 text[] NOT NULL DEFAULT '{}',
  cached                 text[] NOT NULL DEFAULT '{}',
  -- Process of a local box, so that a later process of ours can end it.
  pid                    int,
  launched_at            timestamptz NOT NULL DEFAULT now(),
  registered_at          timestamptz,
  last_heartbeat_at      timestamptz,
  drain_at               timestamptz,
  ended_at               timestamptz,
  UNIQUE (pool_id, instance_id),
  CHECK ((state = 'booting') = (registered_at IS NULL) OR state = 'gone'),
  CHECK ((state = 'gone') = (ended_at IS NOT NULL))
);
CREATE INDEX box_living ON box (pool_id) WHERE state <> 'gone';
CREATE INDEX box_ended ON box (ended_at) WHERE state = 'gone';
SELECT system_table('box', 'machines serve all tenants');

-- When each process of ours last wrote: a process takes leases away only while its own writes arrive.
CREATE TABLE control_process (
  id         uuid PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  written_at timestamptz NOT NULL DEFAULT now()
);
SELECT system_table('control_process', 'our own processes');

-- ---- metering: the book of seconds -----------------------------------------------------------------------------------------------
CREATE TABLE task_attempt (
  task_id       uuid NOT NULL,
  attempt       int NOT NULL,
  tenant_id     uuid NOT NULL,
  job_id        uuid NOT NULL,
  kind          text NOT NULL,
  units         double precision NOT NULL,
  box_id        uuid NOT NULL,
  pool_id       uuid NOT NULL,
  gpu_class     text NOT NULL,
  capacity      text NOT NULL,
  -- Weight when the box's time is shared: declared VRAM in MiB, 1 on a CPU box.
  weight        int NOT NULL CHECK (weight > 0),
  -- The box's request under which it was leased: the same request answers the same tasks.
  lease_request text NOT NULL,
  leased_at     timestamptz NOT NULL,
  ended_at      timestamptz,
  outcome       text CHECK (outcome IN ('done', 'failed', 'stopped', 'lost', 'released')),
  error_class   text,
  error_code    text,
  -- Digest of the completion, for replays.
  digest        text,
  -- Wall milliseconds, clamped to our own stamps, and the share of the box they took.
  load_ms       bigint,
  work_ms       bigint,
  wasted_ms     bigint,
  share_milli   int,
  PRIMARY KEY (task_id, attempt, tenant_id),
  FOREIGN KEY (tenant_id, task_id) REFERENCES task (tenant_id, id),
  CHECK ((ended_at IS NULL) = (outcome IS NULL)),
  CHECK (ended_at >= leased_at)
);
CREATE INDEX task_attempt_of_job ON task_attempt (tenant_id, job_id);
CREATE INDEX task_attempt_of_box ON task_attempt (box_id, ended_at);
CREATE INDEX task_attempt_open ON task_attempt (box_id, lease_request) WHERE ended_at IS NULL;
CREATE INDEX task_attempt_learned ON task_attempt (kind, ended_at DESC) WHERE outcome = 'done';
SELECT protect_tenant_table('task_attempt', '{SELECT}');

-- Sum of the closed attempts of a box, in milliseconds of box time (shares taken into account).
CREATE TABLE box_time (
  box_id    uuid PRIMARY KEY,
  load_ms   double precision NOT NULL DEFAULT 0,
  work_ms   double precision NOT NULL DEFAULT 0,
  wasted_ms double precision NOT NULL DEFAULT 0,
  -- Leased to a task that neither loaded nor worked: on its way, being fetched or handed in. Counts as idle.
  spare_ms  double precision NOT NULL DEFAULT 0
);
SELECT system_table('box_time', 'seconds of machines');
