-- Outgoing webhooks: where a tenant wants its news sent, the messages, their deliveries, every attempt.

CREATE TABLE webhook_endpoint (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id uuid PRIMARY KEY,
  url text NOT NULL,
  description text NOT NULL DEFAULT '',
  event_types text[] NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  -- Why it is off when nobody switched it off: it failed for days, or answered 410.
  disabled_reason text CHECK (disabled_reason IN ('failing', 'gone')),
  secret_sealed bytea NOT NULL,
  previous_sealed bytea,
  previous_until timestamptz,
  -- The streak of failures without a success between.
  failing_since timestamptz,
  last_failure_at timestamptz,
  last_success_at timestamptz,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id)
);
CREATE INDEX webhook_endpoint_tenant ON webhook_endpoint (tenant_id, created_at DESC, id DESC);
SELECT protect_tenant_table('webhook_endpoint');

-- What is sent, byte by byte the same on every attempt. `source` is the number of the news it was made of; null for a test.
CREATE TABLE webhook_message (
  tenant_id uuid NOT NULL,
  id uuid PRIMARY KEY,
  source bigint,
  type text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, source)
);
CREATE INDEX webhook_message_age ON webhook_message (created_at);
SELECT protect_tenant_table('webhook_message', '{SELECT,INSERT}');

CREATE TABLE webhook_delivery (
  tenant_id uuid NOT NULL,
  id uuid PRIMARY KEY,
  endpoint_id uuid NOT NULL,
  message_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  -- Tries ever made (the fence of who sends), and how many of them belong to rounds before the last replay.
  attempts int NOT NULL DEFAULT 0,
  earlier_attempts int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, endpoint_id, message_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, message_id) REFERENCES webhook_message (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX webhook_delivery_log ON webhook_delivery (tenant_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_delivery_message ON webhook_delivery (tenant_id, message_id);
SELECT protect_tenant_table('webhook_delivery', '{SELECT,INSERT,UPDATE}');

CREATE TABLE webhook_attempt (
  tenant_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  number int NOT NULL,
  at timestamptz NOT NULL,
  latency_ms int NOT NULL,
  status_code int,
  response text,
  error text,
  PRIMARY KEY (tenant_id, delivery_id, number),
  FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_delivery (tenant_id, id) ON DELETE CASCADE
);
SELECT protect_tenant_table('webhook_attempt', '{SELECT,INSERT}');
