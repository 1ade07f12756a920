-- studio/assets: pictures and films, what they were made from, who still needs them, and files on their way in.

CREATE TABLE asset (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL,
  owner_id         uuid NOT NULL,
  team_id          uuid,
  visibility       text NOT NULL CHECK (visibility IN ('private', 'team', 'tenant', 'community')),
  type             text NOT NULL CHECK (type IN ('image', 'video')),
  content_type     text NOT NULL,
  bytes            bigint NOT NULL CHECK (bytes > 0),
  sha256           text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key      text NOT NULL,
  -- Pixels as displayed, that is after the orientation a camera noted.
  width            integer CHECK (width > 0),
  height           integer CHECK (height > 0),
  -- What made it; null for uploads.
  job_id           uuid,
  task_id          uuid,
  slot             text,
  simulated        boolean NOT NULL DEFAULT false,
  prompt           text,
  parameters       jsonb NOT NULL DEFAULT '{}',
  metadata         jsonb NOT NULL DEFAULT '{}',
  filename         text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  last_used_at     timestamptz NOT NULL DEFAULT now(),
  deleted_at       timestamptz,
  bytes_removed_at timestamptz,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, storage_key),
  CHECK ((job_id IS NULL) = (task_id IS NULL) AND (job_id IS NULL) = (slot IS NULL))
);
-- A task delivers each of its slots once, however often its end is processed.
CREATE UNIQUE INDEX asset_output ON asset (tenant_id, task_id, slot) WHERE task_id IS NOT NULL;
CREATE INDEX asset_gallery ON asset (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX asset_gallery_mine ON asset (tenant_id, owner_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX asset_of_job ON asset (tenant_id, job_id) WHERE job_id IS NOT NULL;
CREATE INDEX asset_stored ON asset (tenant_id, type) INCLUDE (bytes) WHERE deleted_at IS NULL;
CREATE INDEX asset_to_remove ON asset (deleted_at) WHERE deleted_at IS NOT NULL AND bytes_removed_at IS NULL;
SELECT protect_tenant_table('asset');

-- Lineage: `child` was made from `parent`. Both rows outlive their bytes.
CREATE TABLE asset_link (
  tenant_id uuid NOT NULL,
  parent_id uuid NOT NULL,
  child_id  uuid NOT NULL,
  relation  text NOT NULL,
  PRIMARY KEY (tenant_id, child_id, parent_id, relation),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES asset (tenant_id, id),
  FOREIGN KEY (tenant_id, child_id) REFERENCES asset (tenant_id, id)
);
CREATE INDEX asset_link_of_parent ON asset_link (tenant_id, parent_id, child_id DESC);
SELECT protect_tenant_table('asset_link');

-- Somebody needs the asset: it cannot be deleted until the holder lets go.
CREATE TABLE asset_pin (
  tenant_id   uuid NOT NULL,
  asset_id    uuid NOT NULL,
  holder_kind text NOT NULL CHECK (holder_kind ~ '^[a-z_]{1,32}$'),
  holder_id   uuid NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, holder_kind, holder_id, asset_id),
  FOREIGN KEY (tenant_id, asset_id) REFERENCES asset (tenant_id, id)
);
CREATE INDEX asset_pin_of_asset ON asset_pin (tenant_id, asset_id);
SELECT protect_tenant_table('asset_pin');

CREATE TABLE asset_report (
  id          uuid PRIMARY KEY,
  tenant_id   uuid NOT NULL,
  asset_id    uuid NOT NULL,
  reporter_id uuid NOT NULL,
  reason      text NOT NULL,
  details     text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, asset_id) REFERENCES asset (tenant_id, id)
);
CREATE INDEX asset_report_of_asset ON asset_report (tenant_id, asset_id);
SELECT protect_tenant_table('asset_report', '{SELECT,INSERT}');

-- A file on its way in. `storage_key` is the landing place; the asset gets a key of its own after the check.
CREATE TABLE upload (
  id           uuid PRIMARY KEY,
  tenant_id    uuid NOT NULL,
  owner_id     uuid NOT NULL,
  team_id      uuid,
  purpose      text NOT NULL,
  filename     text NOT NULL,
  content_type text NOT NULL,
  bytes        bigint NOT NULL CHECK (bytes > 0),
  sha256       text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key  text NOT NULL,
  -- SHA-256 of the token that lets a PUT through our own door; null when the storage itself takes the file.
  token_hash   bytea,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'completed', 'refused', 'expired')),
  asset_id     uuid,
  -- Why it was refused: {kind, code, detail}.
  refusal      jsonb,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, storage_key),
  FOREIGN KEY (tenant_id, asset_id) REFERENCES asset (tenant_id, id),
  CHECK ((state = 'completed') = (asset_id IS NOT NULL)),
  CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE INDEX upload_pending ON upload (expires_at) WHERE state = 'pending';
SELECT protect_tenant_table('upload');
