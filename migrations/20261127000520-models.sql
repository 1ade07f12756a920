-- studio/models: files of weights that were checked, the operator's decisions, tenants' own models and their imports.
-- The catalogue is part of the program (src/studio/models/catalogue.ts).
DELETE FROM tenantless WHERE table_name = 'model_entry';
DROP TABLE model_entry;

-- A file is here once, whoever brought it.
CREATE TABLE weights (
  digest      text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  bytes       bigint NOT NULL CHECK (bytes > 0),
  format      text NOT NULL CHECK (format IN ('safetensors', 'onnx')),
  storage_key text NOT NULL,
  rules       int NOT NULL,
  checks      text[] NOT NULL,
  passport    text NOT NULL,
  checked_at  timestamptz NOT NULL DEFAULT now()
);
SELECT system_table('weights', 'files of weights by digest: the same for whoever brought them, and nobody may see who else did');

-- Files of the catalogue that an operator imported; copied from `weights`, so that every process may read them.
CREATE TABLE catalogue_file (
  slug        text NOT NULL,
  name        text NOT NULL,
  digest      text NOT NULL REFERENCES weights (digest),
  bytes       bigint NOT NULL,
  format      text NOT NULL,
  storage_key text NOT NULL,
  passport    text NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (slug, name)
);
SELECT shared_table('catalogue_file', 'files of the catalogue, the same for all tenants');

-- What an operator says about licences that are off until somebody does. `*`: nobody earns money with this installation.
CREATE TABLE licence_decision (
  tag        text PRIMARY KEY,
  allowed    boolean NOT NULL,
  reason     text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now()
);
SELECT shared_table('licence_decision', 'licences that the operator allowed here, the same for all tenants');

CREATE TABLE model (
  tenant_id     uuid NOT NULL REFERENCES tenant (id),
  id            uuid NOT NULL,
  owner_id      uuid NOT NULL,
  team_id       uuid,
  visibility    text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'team', 'tenant', 'community')),
  slug          text NOT NULL,
  name          text NOT NULL,
  description   text NOT NULL DEFAULT '',
  type          text NOT NULL CHECK (type IN ('checkpoint', 'lora', 'embedding', 'controlnet', 'vae', 'upscaler', 'onnx')),
  base          text NOT NULL,
  licence       text,
  trigger_words text[] NOT NULL DEFAULT '{}',
  -- Number of the version that is used.
  current       int NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  deleted_at    timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX model_slug ON model (tenant_id, slug) WHERE deleted_at IS NULL;
SELECT protect_tenant_table('model');

CREATE TABLE model_version (
  tenant_id   uuid NOT NULL,
  -- That of the import that made it.
  id          uuid NOT NULL,
  model_id    uuid NOT NULL,
  number      int NOT NULL CHECK (number > 0),
  changelog   text,
  filename    text NOT NULL,
  digest      text NOT NULL,
  bytes       bigint NOT NULL,
  format      text NOT NULL,
  storage_key text NOT NULL,
  passport    text NOT NULL,
  rules       int NOT NULL,
  checks      text[] NOT NULL,
  checked_at  timestamptz NOT NULL,
  created_by  uuid NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, model_id, number),
  FOREIGN KEY (tenant_id, model_id) REFERENCES model (tenant_id, id)
);
CREATE INDEX model_version_digest ON model_version (digest);
SELECT protect_tenant_table('model_version');

-- A file on its way: arriving piece by piece or fetched from an address, then checked, then a version of a model or a file of the catalogue.
CREATE TABLE model_import (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  owner_id     uuid NOT NULL,
  team_id      uuid,
  -- {name?, type?, base?, licence?, description?, changelog?, visibility?, modelId?} or {slug, file} of the catalogue
  wish         jsonb NOT NULL,
  filename     text NOT NULL,
  -- Null while an address has not said how long its file is.
  bytes        bigint,
  sha256       text,
  url          text,
  -- [{n, bytes}] of pieces that have arrived
  parts        jsonb NOT NULL DEFAULT '[]',
  stage        text NOT NULL CHECK (stage IN ('uploading', 'waiting', 'fetching', 'checking', 'storing', 'done', 'refused', 'failed', 'canceled')),
  progress     real NOT NULL DEFAULT 0,
  refusal      jsonb,
  model_id     uuid,
  attempts     int NOT NULL DEFAULT 0,
  leased_until timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX model_import_live ON model_import (stage, leased_until) WHERE stage IN ('uploading', 'waiting', 'fetching', 'checking', 'storing');
SELECT protect_tenant_table('model_import');
