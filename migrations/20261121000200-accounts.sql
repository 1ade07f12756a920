-- Who: tenants, people, memberships, sessions, API keys, the audit log.

-- The organisation that pays. Its id is also its tenant_id, so that the same protection fits it.
CREATE TABLE tenant (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL GENERATED ALWAYS AS (id) STORED,
  name text NOT NULL,
  time_zone text NOT NULL DEFAULT 'UTC',
  settings jsonb NOT NULL DEFAULT '{}',
  suspended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tenant_own ON tenant (tenant_id);
CREATE INDEX tenant_age ON tenant (created_at DESC, id DESC);
SELECT protect_tenant_table('tenant', '{SELECT}');
-- Suspension is the operator's, not the tenant's.
GRANT UPDATE (name, time_zone, settings) ON tenant TO atelier_app;

CREATE TABLE user_account (
  id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  name text NOT NULL,
  password_hash text,
  email_verified_at timestamptz,
  operator boolean NOT NULL DEFAULT false,
  default_tenant_id uuid NOT NULL REFERENCES tenant (id),
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT system_table('user_account', 'a person may belong to several tenants');

CREATE TABLE membership (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  user_id uuid NOT NULL REFERENCES user_account (id),
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'billing', 'member', 'viewer', 'auditor')),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX membership_user ON membership (user_id);
SELECT protect_tenant_table('membership', '{SELECT,INSERT,UPDATE}');

-- Inside a tenant the application sees name and address of that tenant's people, and of nobody else.
ALTER TABLE user_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_account FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON user_account TO atelier_system USING (true) WITH CHECK (true);
CREATE POLICY colleagues ON user_account FOR SELECT TO atelier_app USING (id IN (SELECT user_id FROM membership));
GRANT SELECT (id, email, name, created_at) ON user_account TO atelier_app;

-- A sign-in. Cookie sessions carry the hash of their secret; token sessions are families of refresh tokens.
CREATE TABLE session (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES user_account (id),
  acting_tenant_id uuid NOT NULL REFERENCES tenant (id),
  kind text NOT NULL CHECK (kind IN ('cookie', 'token')),
  secret_hash bytea,
  device text NOT NULL,
  ip text,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_reason text,
  CHECK ((kind = 'cookie') = (secret_hash IS NOT NULL))
);
CREATE UNIQUE INDEX session_secret ON session (secret_hash) WHERE secret_hash IS NOT NULL;
CREATE INDEX session_by_user ON session (user_id, created_at DESC);
CREATE INDEX session_revoked ON session (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX session_end ON session (expires_at);
SELECT system_table('session', 'a sign-in belongs to a person, who may switch between tenants');

CREATE TABLE refresh_token (
  id uuid PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  parent_id uuid,
  token_hash bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  -- Fingerprint of the client that used it: only the same client may use it again within the grace time.
  used_by bytea
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX refresh_token_parent ON refresh_token (parent_id);
SELECT system_table('refresh_token', 'belongs to a sign-in, see session');

-- Keys that sign access tokens. Public halves in clear, so that every process verifies; private halves sealed with the installation's secret.
CREATE TABLE signing_key (
  kid text PRIMARY KEY,
  public_jwk jsonb NOT NULL,
  private_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT system_table('signing_key', 'keys of the installation');

-- Links sent by mail: set a new password, confirm an address.
CREATE TABLE email_token (
  token_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES user_account (id),
  purpose text NOT NULL CHECK (purpose IN ('reset', 'verify')),
  email text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX email_token_user ON email_token (user_id, purpose);
CREATE INDEX email_token_end ON email_token (expires_at);
SELECT system_table('email_token', 'belongs to a person, who may have several tenants');

-- Counters that slow guessing down: per account, per network, per both. Keys are hashes: no list of tried addresses is kept.
CREATE TABLE login_attempt (
  scope text NOT NULL CHECK (scope IN ('account', 'network', 'pair')),
  key bytea NOT NULL,
  failures double precision NOT NULL DEFAULT 0,
  counted_at timestamptz NOT NULL DEFAULT now(),
  blocked_until timestamptz,
  succeeded_at timestamptz,
  PRIMARY KEY (scope, key)
);
CREATE INDEX login_attempt_age ON login_attempt (counted_at);
SELECT system_table('login_attempt', 'counted before anybody is known');

CREATE TABLE api_key (
  tenant_id uuid NOT NULL,
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL,
  name text NOT NULL,
  lookup text NOT NULL,
  secret_hash bytea NOT NULL,
  previous_lookup text,
  previous_hash bytea,
  previous_until timestamptz,
  scopes text[] NOT NULL,
  ip_allow text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_ip text,
  revoked_at timestamptz,
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES membership (tenant_id, user_id)
);
CREATE INDEX api_key_tenant ON api_key (tenant_id, created_at DESC, id DESC);
CREATE INDEX api_key_lookup ON api_key (lookup);
CREATE INDEX api_key_previous ON api_key (previous_lookup) WHERE previous_lookup IS NOT NULL;
CREATE INDEX api_key_revoked ON api_key (revoked_at) WHERE revoked_at IS NOT NULL;
SELECT protect_tenant_table('api_key', '{SELECT,INSERT,UPDATE}');

-- What was done, by whom. Rows are written with the change and never altered; a sealer gives each its place in the tenant's chain.
CREATE TABLE audit_entry (
  tenant_id uuid NOT NULL,
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'key', 'system', 'anonymous')),
  actor_id uuid,
  via text,
  action text NOT NULL,
  target text,
  before jsonb,
  after jsonb,
  ip text,
  request_id text,
  seq bigint,
  hash bytea,
  UNIQUE (tenant_id, seq),
  CHECK ((seq IS NULL) = (hash IS NULL))
);
CREATE INDEX audit_entry_newest ON audit_entry (tenant_id, at DESC, id DESC);
CREATE INDEX audit_entry_unsealed ON audit_entry (tenant_id, at, id) WHERE seq IS NULL;
SELECT protect_tenant_table('audit_entry', '{SELECT,INSERT}');
REVOKE UPDATE, DELETE ON audit_entry FROM atelier_system;
GRANT UPDATE (seq, hash) ON audit_entry TO atelier_system;

CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL
     AND to_jsonb(OLD) - 'seq' - 'hash' = to_jsonb(NEW) - 'seq' - 'hash' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit_entry is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_stays();
CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays();

-- The end of each tenant's chain; its row lock makes the sealing of one tenant sequential.
CREATE TABLE audit_head (
  tenant_id uuid PRIMARY KEY,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect_tenant_table('audit_head', '{SELECT}');

-- What must be read before the tenant is known. Each answers for one credential or one person.
CREATE FUNCTION session_by_hash(p_hash bytea)
RETURNS TABLE (session_id uuid, user_id uuid, acting_tenant_id uuid, kind text, last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz, operator boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
  SELECT s.id, s.user_id, s.acting_tenant_id, s.kind, s.last_used_at, s.expires_at, s.revoked_at, u.operator
  FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.secret_hash = p_hash
$$;

CREATE FUNCTION session_by_id(p_id uuid)
RETURNS TABLE (session_id uuid, user_id uuid, acting_tenant_id uuid, kind text, last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz, operator boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
  SELECT s.id, s.user_id, s.acting_tenant_id, s.kind, s.last_used_at, s.expires_at, s.revoked_at, u.operator
  FROM session s JOIN user_account u ON u.id = s.user_id WHERE s.id = p_id AND s.kind = 'token'
$$;

-- The hash is an argument, so that a lookup without the secret answers nothing.
CREATE FUNCTION api_key_by_lookup(p_lookup text, p_hash bytea)
RETURNS TABLE (key_id uuid, tenant_id uuid, owner_id uuid, scopes text[], ip_allow text[], expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
  SELECT k.id, k.tenant_id, k.owner_id, k.scopes, k.ip_allow, k.expires_at, k.revoked_at
  FROM api_key k WHERE k.lookup = p_lookup AND k.secret_hash = p_hash
  UNION ALL
  SELECT k.id, k.tenant_id, k.owner_id, k.scopes, k.ip_allow, least(k.expires_at, k.previous_until), k.revoked_at
  FROM api_key k WHERE k.previous_lookup = p_lookup AND k.previous_hash = p_hash
$$;

CREATE FUNCTION memberships_of(p_user uuid)
RETURNS TABLE (tenant_id uuid, tenant_name text, role text, status text, suspended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = atelier, pg_temp AS $$
  SELECT m.tenant_id, t.name, m.role, m.status, t.suspended_at
  FROM membership m JOIN tenant t ON t.id = m.tenant_id WHERE m.user_id = p_user ORDER BY m.created_at, m.tenant_id
$$;

ALTER FUNCTION session_by_hash(bytea) OWNER TO atelier_system;
ALTER FUNCTION session_by_id(uuid) OWNER TO atelier_system;
ALTER FUNCTION api_key_by_lookup(text, bytea) OWNER TO atelier_system;
ALTER FUNCTION memberships_of(uuid) OWNER TO atelier_system;
REVOKE ALL ON FUNCTION session_by_hash(bytea), session_by_id(uuid), api_key_by_lookup(text, bytea), memberships_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_by_hash(bytea), session_by_id(uuid), api_key_by_lookup(text, bytea), memberships_of(uuid) TO atelier_app;
