-- Ground floor: how tables are protected, news, idempotency, mail.

-- Tables without a tenant, each with the reason why it needs none. The catalogue test reads this list.
CREATE TABLE tenantless (table_name text PRIMARY KEY, reason text NOT NULL);

-- A table that belongs to tenants: row level security, enabled and forced, with one policy for the application (its tenant's rows only)
-- and one for system work across tenants. `p_privileges` limits what the application may do (append-only tables).
CREATE FUNCTION protect_tenant_table(p_table text, p_privileges text[] DEFAULT '{SELECT,INSERT,UPDATE,DELETE}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', p_table);
  EXECUTE format('CREATE POLICY tenant ON %I TO atelier_app USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
                  WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', p_table);
  EXECUTE format('CREATE POLICY system ON %I TO atelier_system USING (true) WITH CHECK (true)', p_table);
  EXECUTE format('GRANT %s ON %I TO atelier_app', array_to_string(p_privileges, ', '), p_table);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO atelier_system', p_table);
END $$;

-- A table that only system work touches.
CREATE FUNCTION system_table(p_table text, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tenantless VALUES (p_table, p_reason);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO atelier_system', p_table);
END $$;

-- A table that is the same for all tenants: everybody reads it, system work writes it.
CREATE FUNCTION shared_table(p_table text, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM system_table(p_table, p_reason);
  EXECUTE format('GRANT SELECT ON %I TO atelier_app', p_table);
END $$;

REVOKE ALL ON FUNCTION protect_tenant_table(text, text[]), system_table(text, text), shared_table(text, text) FROM PUBLIC;
INSERT INTO tenantless VALUES ('migration', 'what ran on this database'), ('tenantless', 'this list');
GRANT SELECT ON tenantless, migration TO atelier_system;

-- News: written with the change, delivered after commit, deleted once delivered.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_tenant ON outbox (tenant_id);
SELECT protect_tenant_table('outbox', '{INSERT}');

-- What a consumer has dealt with, for those that must not do it twice.
CREATE TABLE consumed (
  event_id bigint NOT NULL,
  consumer text NOT NULL,
  consumed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, consumer)
);
SELECT system_table('consumed', 'event numbers and consumer names only');

CREATE TABLE idempotency_key (
  tenant_id uuid NOT NULL,
  actor text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  status int,
  body jsonb,
  locked_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, actor, route, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
SELECT protect_tenant_table('idempotency_key');

CREATE TABLE mail_message (
  tenant_id uuid NOT NULL,
  id uuid PRIMARY KEY,
  to_address text NOT NULL,
  subject text NOT NULL,
  body_text text NOT NULL,
  body_html text,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
  attempts int NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE INDEX mail_message_tenant ON mail_message (tenant_id, created_at DESC);
CREATE INDEX mail_message_due ON mail_message (due_at) WHERE status = 'pending';
SELECT protect_tenant_table('mail_message', '{SELECT,INSERT}');
