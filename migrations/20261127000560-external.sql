-- fleet/external: work that somebody else's service does, called by the control role.
ALTER TABLE pool DROP CONSTRAINT pool_provider_check;
ALTER TABLE pool ADD CONSTRAINT pool_provider_check CHECK (provider IN ('local', 'aws', 'kubernetes', 'external'));
ALTER TABLE task DROP CONSTRAINT task_engine_check;
ALTER TABLE task ADD CONSTRAINT task_engine_check CHECK (engine IN ('builtin', 'comfyui', 'onnx', 'external'));
ALTER TABLE usage_attempt DROP CONSTRAINT usage_attempt_line_check;
ALTER TABLE usage_attempt ADD CONSTRAINT usage_attempt_line_check CHECK (line IN ('gpu', 'cpu', 'external'));

-- A tenant's leave to send its content to others. No row: none was given.
CREATE TABLE external_consent (
  tenant_id  uuid PRIMARY KEY,
  allowed    boolean NOT NULL,
  -- Names of services; empty: every one the installation has.
  providers  text[] NOT NULL DEFAULT '{}',
  updated_by uuid NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect_tenant_table('external_consent', '{SELECT,INSERT,UPDATE}');

-- One call per attempt, written with the lease, before anything is sent.
CREATE TABLE external_call (
  tenant_id      uuid NOT NULL,
  task_id        uuid NOT NULL,
  attempt        int NOT NULL,
  model          text NOT NULL,
  -- new: not sent. sent: the request went out, its answer is not known. open: the service has it. late: the attempt ended, the price is still to come.
  state          text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'sent', 'open', 'late', 'ended')),
  prediction_id  text,
  sends          int NOT NULL DEFAULT 0,
  cancel_asked   boolean NOT NULL DEFAULT false,
  deadline_at    timestamptz NOT NULL,
  look_at        timestamptz NOT NULL DEFAULT now(),
  claimed_until  timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  ended_at       timestamptz,
  PRIMARY KEY (task_id, attempt, tenant_id),
  UNIQUE (tenant_id, prediction_id),
  FOREIGN KEY (tenant_id, task_id) REFERENCES task (tenant_id, id),
  CHECK (state NOT IN ('open', 'late') OR prediction_id IS NOT NULL),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX external_call_due ON external_call (look_at) WHERE state <> 'ended';
CREATE INDEX external_call_of_prediction ON external_call (prediction_id) WHERE state <> 'ended';
SELECT protect_tenant_table('external_call', '{SELECT}');

-- Webhooks that were taken, once by their id.
CREATE TABLE external_inbox (
  id            text PRIMARY KEY,
  prediction_id text NOT NULL,
  received_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX external_inbox_age ON external_inbox (received_at);
SELECT system_table('external_inbox', 'ids of webhooks from outside services, no content');
