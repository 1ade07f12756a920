-- What was asked of a tenant beside the use of credits, and files for its finance.

CREATE TYPE charge_category AS ENUM ('purchase', 'tax', 'credit', 'adjustment');

-- Money of the tenant, in millionths of a dollar: packs and months bought, taxes, credits given back, adjustments. Append-only: a mistake is corrected by
-- another row that says so. Written by those who take the money.
CREATE TABLE charge (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  category charge_category NOT NULL,
  amount_micros bigint NOT NULL,
  list_micros bigint,                       -- of a purchase: what it costs everybody
  credits_milli bigint CHECK (credits_milli > 0),
  grant_id uuid,                            -- the credits that were bought with it
  description text NOT NULL,
  invoice_id text,
  period_start timestamptz NOT NULL,
  period_end timestamptz NOT NULL CHECK (period_end > period_start),
  recurring boolean NOT NULL DEFAULT false,
  correction boolean NOT NULL DEFAULT false, -- of a month that was invoiced before
  charged_at timestamptz NOT NULL DEFAULT now(),
  idem_key text NOT NULL,
  created_by uuid,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, idem_key),
  FOREIGN KEY (tenant_id, grant_id) REFERENCES credit_grant (tenant_id, id),
  CHECK (CASE category WHEN 'purchase' THEN amount_micros >= 0 OR correction WHEN 'tax' THEN amount_micros >= 0 OR correction WHEN 'credit' THEN amount_micros <= 0 ELSE true END),
  CHECK (list_micros IS NULL OR category = 'purchase'),
  CHECK (grant_id IS NULL OR (category = 'purchase' AND NOT correction))
);
CREATE INDEX charge_at ON charge (tenant_id, charged_at, id);
-- A grant was bought once.
CREATE UNIQUE INDEX charge_of_grant ON charge (tenant_id, grant_id) WHERE grant_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON charge FOR EACH ROW EXECUTE FUNCTION refuse_change();
SELECT protect_tenant_table('charge', '{SELECT,INSERT}');
REVOKE UPDATE, DELETE ON charge FROM atelier_system;

CREATE TABLE export_schedule (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  format text NOT NULL CHECK (format IN ('csv', 'jsonl', 'parquet', 'focus')),
  every text NOT NULL CHECK (every IN ('day', 'week', 'month')),
  time_zone text NOT NULL,
  with_cost boolean NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  next_at timestamptz NOT NULL,             -- the end of the period whose file is made next
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX export_schedule_due ON export_schedule (next_at);
SELECT protect_tenant_table('export_schedule');

CREATE TABLE export (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  schedule_id uuid,
  format text NOT NULL CHECK (format IN ('csv', 'jsonl', 'parquet', 'focus')),
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL CHECK (to_at > from_at),
  time_zone text NOT NULL,
  with_cost boolean NOT NULL,               -- whether who asked may read what the work cost the house
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'ready', 'failed', 'expired')),
  attempts int NOT NULL DEFAULT 0,
  lease_until timestamptz,                  -- of the process that writes it
  rows_expected bigint,
  rows_written bigint NOT NULL DEFAULT 0,
  storage_key text,
  bytes bigint,
  sha256 text,
  totals jsonb,                             -- amounts as strings
  error text,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  expires_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, schedule_id) REFERENCES export_schedule (tenant_id, id) ON DELETE SET NULL (schedule_id),
  CHECK ((status = 'ready') <= (storage_key IS NOT NULL AND totals IS NOT NULL AND sha256 IS NOT NULL))
);
CREATE INDEX export_newest ON export (tenant_id, created_at DESC, id DESC);
CREATE INDEX export_to_run ON export (created_at) WHERE status IN ('queued', 'running');
CREATE INDEX export_to_expire ON export (expires_at) WHERE status = 'ready';
-- A period of a schedule gives one file, however often the sweep comes by.
CREATE UNIQUE INDEX export_of_schedule ON export (tenant_id, schedule_id, from_at) WHERE schedule_id IS NOT NULL;
SELECT protect_tenant_table('export');
