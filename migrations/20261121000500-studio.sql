-- studio: the catalogue of models, moderation rules, jobs with their events and outputs.

CREATE TABLE model_entry (
  id           uuid PRIMARY KEY,
  slug         text NOT NULL UNIQUE,
  name         text NOT NULL,
  description  text NOT NULL,
  type         text NOT NULL CHECK (type IN ('checkpoint', 'lora', 'embedding', 'controlnet', 'vae', 'upscaler', 'onnx')),
  base         text NOT NULL,
  operations   text[] NOT NULL,
  -- Draws a placeholder instead of running a model.
  simulated    boolean NOT NULL,
  vram_mb      int NOT NULL CHECK (vram_mb >= 0),
  gpu_classes  text[] NOT NULL,
  price_factor smallint NOT NULL DEFAULT 1 CHECK (price_factor IN (1, 2)),
  licence      text,
  is_default   boolean NOT NULL DEFAULT false,
  created_at   timestamptz NOT NULL DEFAULT now()
);
SELECT shared_table('model_entry', 'the catalogue of models, the same for all tenants');
INSERT INTO model_entry (id, slug, name, description, type, base, operations, simulated, vram_mb, gpu_classes, price_factor, licence, is_default) VALUES
  ('01936f2a-0000-7000-8000-000000000001', 'builtin/placeholder', 'Built-in placeholder', 'Draws a picture that depends on prompt and seed alone, without any model. Needs no GPU; every result is marked as simulated.',
   'checkpoint', 'builtin', '{txt2img,img2img}', true, 0, '{CPU}', 1, NULL, true);

-- A tenant without a row has the rules that every tenant starts with.
CREATE TABLE moderation_policy (
  tenant_id  uuid PRIMARY KEY,
  rules      jsonb NOT NULL,
  version    int NOT NULL DEFAULT 1,
  updated_by uuid NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect_tenant_table('moderation_policy');

CREATE TABLE job (
  tenant_id           uuid NOT NULL,
  -- Version 7: sorts by time of submission, so the primary key is also the order of every list.
  id                  uuid NOT NULL,
  owner_id            uuid NOT NULL,
  key_id              uuid,
  team_id             uuid,
  visibility          text NOT NULL CHECK (visibility IN ('private', 'team', 'tenant', 'community')),
  operation           text NOT NULL,
  -- Resolved: defaults and seed included. A second engine version sees the same request.
  parameters          jsonb NOT NULL,
  inputs              jsonb NOT NULL DEFAULT '[]',
  status              text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'starting', 'processing', 'succeeded', 'failed', 'canceled')),
  stage               text,
  wait_reason         text,
  progress            real NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
  units_total         int NOT NULL CHECK (units_total > 0),
  units_done          int NOT NULL DEFAULT 0,
  quote               jsonb NOT NULL,
  -- What the ledger answered, kept so that a list needs no question to it. Milli-credits.
  held_milli          bigint NOT NULL CHECK (held_milli >= 0),
  charged_milli       bigint CHECK (charged_milli BETWEEN 0 AND held_milli),
  payment_rule        text,
  -- {seconds, class, capacity, costMicros} of all attempts, written at the end.
  gpu                 jsonb,
  simulated           boolean NOT NULL,
  failed_outputs      jsonb NOT NULL DEFAULT '[]',
  error               jsonb,
  -- Who sent it under which Idempotency-Key; the key is let go after 24 hours.
  idem_actor          text,
  idem_route          text,
  idem_key            text,
  body_hash           text,
  -- Number of the last event.
  event_seq           int NOT NULL DEFAULT 0,
  progress_at         timestamptz,
  cancel_requested_at timestamptz,
  created_at          timestamptz NOT NULL DEFAULT now(),
  started_at          timestamptz,
  finished_at         timestamptz,
  purged_at           timestamptz,
  PRIMARY KEY (tenant_id, id),
  CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'canceled'))),
  CHECK ((charged_milli IS NOT NULL) = (finished_at IS NOT NULL))
) WITH (fillfactor = 75);
CREATE UNIQUE INDEX job_idempotency ON job (tenant_id, idem_actor, idem_route, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX job_of_owner ON job (tenant_id, owner_id, id);
CREATE INDEX job_live ON job (tenant_id, id) WHERE finished_at IS NULL;
CREATE INDEX job_to_purge ON job (finished_at) WHERE finished_at IS NOT NULL AND purged_at IS NULL;
SELECT protect_tenant_table('job', '{SELECT,INSERT,UPDATE}');

CREATE TABLE job_event (
  tenant_id  uuid NOT NULL,
  job_id     uuid NOT NULL,
  -- Counts from 1 inside the job, without gaps.
  id         int NOT NULL,
  type       text NOT NULL CHECK (type IN ('status', 'progress', 'preview', 'billing', 'complete')),
  data       jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, job_id, id),
  FOREIGN KEY (tenant_id, job_id) REFERENCES job (tenant_id, id) ON DELETE CASCADE
);
SELECT protect_tenant_table('job_event', '{SELECT,INSERT}');

-- What a job made. Written once, with the end of the job.
CREATE TABLE job_output (
  tenant_id  uuid NOT NULL,
  job_id     uuid NOT NULL,
  position   int NOT NULL,
  task_id    uuid NOT NULL,
  asset_id   uuid NOT NULL,
  PRIMARY KEY (tenant_id, job_id, position),
  UNIQUE (tenant_id, asset_id),
  FOREIGN KEY (tenant_id, job_id) REFERENCES job (tenant_id, id) ON DELETE CASCADE
);
SELECT protect_tenant_table('job_output', '{SELECT,INSERT}');
