-- Money: plans, prices, the ledger, usage. Amounts are milli-credits and millionths of a dollar, always bigint.

-- A uuid v7 for rows that SQL itself makes (`uuidv7()` exists from PostgreSQL 18 only).
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The instant in a uuid v7; NULL for other uuids.
CREATE FUNCTION instant_of(p_id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN substring(p_id::text, 15, 1) = '7'
    THEN to_timestamp(('x' || substring(replace(p_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0) END
$$;

---------------------------------------------------------------------------------------------------------------------- plans

CREATE TABLE plan_version (
  plan text NOT NULL,
  version int NOT NULL CHECK (version > 0),
  name text NOT NULL,
  price_micros_per_month bigint CHECK (price_micros_per_month >= 0),       -- NULL: by contract
  credits_per_month_milli bigint NOT NULL CHECK (credits_per_month_milli >= 0),
  limits jsonb NOT NULL,
  effective_from timestamptz NOT NULL DEFAULT now(),
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (plan, version)
);
SELECT shared_table('plan_version', 'what the house offers, the same for all tenants');

INSERT INTO plan_version (plan, version, name, price_micros_per_month, credits_per_month_milli, effective_from, limits) VALUES
  ('free', 1, 'Free', 0, 100000, '2026-01-01Z', '{"apiPerMinute":100,"generationsPerHour":10,"uploadsPerHour":20,"runningJobs":1,"sideMax":512,"videosPerMonth":0,"customModels":0,
    "gpuClasses":["CPU","T4","L4"],"apiKeys":false,"sso":false,"weight":1,"storageBytes":5000000000,"seats":1}'),
  ('standard', 1, 'Standard', 19000000, 1000000, '2026-01-01Z', '{"apiPerMinute":200,"generationsPerHour":50,"uploadsPerHour":50,"runningJobs":3,"sideMax":1024,"videosPerMonth":10,"customModels":5,
    "gpuClasses":["CPU","T4","L4","A10G"],"apiKeys":false,"sso":false,"weight":2,"storageBytes":50000000000,"seats":1}'),
  ('pro', 1, 'Pro', 49000000, 5000000, '2026-01-01Z', '{"apiPerMinute":500,"generationsPerHour":200,"uploadsPerHour":100,"runningJobs":10,"sideMax":2048,"videosPerMonth":50,"customModels":25,
    "gpuClasses":["CPU","T4","L4","A10G","A100"],"apiKeys":true,"sso":false,"weight":4,"storageBytes":250000000000,"seats":5}'),
  -- Credits, seats and storage of Enterprise are by contract: credits come as grants, the rest as a plan version made for the customer.
  ('enterprise', 1, 'Enterprise', NULL, 0, '2026-01-01Z', '{"apiPerMinute":2000,"generationsPerHour":1000,"uploadsPerHour":null,"runningJobs":50,"sideMax":4096,"videosPerMonth":null,"customModels":null,
    "gpuClasses":["CPU","T4","L4","A10G","A100","H100"],"apiKeys":true,"sso":true,"weight":8,"storageBytes":null,"seats":null}');

CREATE TABLE tenant_plan (
  tenant_id uuid PRIMARY KEY,
  plan text NOT NULL,
  version int NOT NULL,
  period_anchor timestamptz NOT NULL,       -- periods are whole months counted from here
  set_by uuid,
  set_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (plan, version) REFERENCES plan_version
);
SELECT protect_tenant_table('tenant_plan', '{SELECT,INSERT,UPDATE}');

-- The period that contains p_at. Months are always counted from the anchor, so that one anchored on the 31st ends on the last day of a
-- short month and on the 31st again after it.
CREATE FUNCTION plan_period(p_anchor timestamptz, p_at timestamptz, OUT starts_at timestamptz, OUT ends_at timestamptz) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_anchor timestamp := p_anchor AT TIME ZONE 'UTC';
  v_at timestamp := greatest(p_at, p_anchor) AT TIME ZONE 'UTC';
  v_months int := (extract(year FROM v_at) - extract(year FROM v_anchor)) * 12 + extract(month FROM v_at) - extract(month FROM v_anchor);
BEGIN
  IF v_anchor + make_interval(months => v_months) > v_at THEN v_months := v_months - 1; END IF;
  starts_at := (v_anchor + make_interval(months => v_months)) AT TIME ZONE 'UTC';
  ends_at := (v_anchor + make_interval(months => v_months + 1)) AT TIME ZONE 'UTC';
END $$;

-- A tenant without a plan has Free from its registration on, the instant of which is in its id. Reading writes nothing.
CREATE FUNCTION plan_of(p_tenant uuid, OUT plan text, OUT version int, OUT period_anchor timestamptz) LANGUAGE sql STABLE AS $$
  SELECT plan, version, period_anchor FROM (
    SELECT 1 AS choice, plan, version, period_anchor FROM tenant_plan WHERE tenant_id = p_tenant
    UNION ALL
    SELECT 2, plan, version, least(coalesce(instant_of(p_tenant), now()), now()) FROM plan_version WHERE plan = 'free' AND effective_from <= now()
  ) AS of_tenant ORDER BY choice, version DESC LIMIT 1
$$;

---------------------------------------------------------------------------------------------------------------------- pricing

CREATE TABLE price_list (
  version int PRIMARY KEY CHECK (version > 0),
  effective_from timestamptz NOT NULL DEFAULT now(),
  prices jsonb NOT NULL,                    -- amounts as strings of milli-credits
  note text NOT NULL,
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT shared_table('price_list', 'what the house asks, the same for all tenants');

INSERT INTO price_list (version, effective_from, note, prices) VALUES (1, '2026-01-01Z', 'The first list.', '{
  "image": {"pixelsPerCredit": 262144, "minimumMilli": "1000", "incrementMilli": "500", "stepsIncluded": 30, "controlNetMilli": "1000", "loraMilli": "500"},
  "units": {"upscale_2": "2000", "upscale_4": "3000", "background_removal": "1000", "matte": "1000", "segment": "1000", "face_restore": "2000", "clean_up": "2000",
    "smart_remove": "2000", "video_frames_25": "25000", "interpolation_frames_25": "2000", "talking_head_second": "5000", "film_clip": "25000", "film_assembly": "2000",
    "metered_second": "300"}}');

---------------------------------------------------------------------------------------------------------------------- ledger

CREATE TYPE ledger_account AS ENUM ('granted', 'available', 'held', 'revenue', 'breakage');
CREATE TYPE entry_kind AS ENUM ('grant', 'hold', 'extend', 'settle', 'void', 'expire');
CREATE TYPE hold_state AS ENUM ('open', 'settled', 'voided');
CREATE TYPE grant_kind AS ENUM ('plan', 'operator');

-- One row per tenant: the only balance that is read to decide, and the tenant's one lock. Every function below takes it first.
CREATE TABLE wallet (
  tenant_id uuid PRIMARY KEY,
  available_milli bigint NOT NULL DEFAULT 0 CHECK (available_milli >= 0),
  held_milli bigint NOT NULL DEFAULT 0 CHECK (held_milli >= 0),
  entry_seq bigint NOT NULL DEFAULT 0,      -- number of the tenant's last ledger entry
  period_ends_at timestamptz,               -- of the plan period whose credits were granted last
  due_at timestamptz NOT NULL DEFAULT '-infinity'  -- the account needs care then: the period ends or a grant expires
) WITH (fillfactor = 50);
CREATE INDEX wallet_due ON wallet (due_at);
SELECT protect_tenant_table('wallet', '{SELECT,INSERT,UPDATE}');

CREATE TABLE credit_grant (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind grant_kind NOT NULL,
  priority smallint NOT NULL,               -- lower is spent first
  amount_milli bigint NOT NULL CHECK (amount_milli > 0),
  remaining_milli bigint NOT NULL CHECK (remaining_milli BETWEEN 0 AND amount_milli),
  lapsed_milli bigint NOT NULL DEFAULT 0 CHECK (lapsed_milli >= 0),
  lapses smallint NOT NULL DEFAULT 0,       -- how often it expired: our fault may reopen it
  expires_at timestamptz,
  expired_at timestamptz,
  idem_key text NOT NULL,
  reason text NOT NULL,
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, idem_key)
) WITH (fillfactor = 70);
-- Not "WHERE remaining_milli > 0": then every hold would have to touch the index.
CREATE INDEX credit_grant_burn_order ON credit_grant (tenant_id, priority, expires_at, id) WHERE expired_at IS NULL;
SELECT protect_tenant_table('credit_grant', '{SELECT,INSERT,UPDATE}');

-- One per job, whose life it shares.
CREATE TABLE hold (
  tenant_id uuid NOT NULL,
  job_id uuid NOT NULL,
  id uuid NOT NULL,
  state hold_state NOT NULL DEFAULT 'open',
  amount_milli bigint NOT NULL CHECK (amount_milli >= 0),
  charged_milli bigint NOT NULL DEFAULT 0 CHECK (charged_milli BETWEEN 0 AND amount_milli),
  extensions smallint NOT NULL DEFAULT 0,
  quote jsonb NOT NULL,                     -- items, lines and version of the price list: enough to explain and recompute
  operation text NOT NULL,
  model text,
  team_id uuid,
  user_id uuid NOT NULL,
  key_id uuid,
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz,
  PRIMARY KEY (tenant_id, job_id),
  CHECK ((state = 'open') = (closed_at IS NULL)),
  CHECK (state = 'settled' OR charged_milli = 0)
);
CREATE INDEX hold_closed ON hold (tenant_id, closed_at) WHERE closed_at IS NOT NULL;
SELECT protect_tenant_table('hold', '{SELECT,INSERT,UPDATE}');

CREATE TABLE hold_allocation (
  tenant_id uuid NOT NULL,
  job_id uuid NOT NULL,
  grant_id uuid NOT NULL,
  amount_milli bigint NOT NULL CHECK (amount_milli > 0),
  charged_milli bigint NOT NULL DEFAULT 0 CHECK (charged_milli BETWEEN 0 AND amount_milli),
  PRIMARY KEY (tenant_id, job_id, grant_id),
  FOREIGN KEY (tenant_id, job_id) REFERENCES hold (tenant_id, job_id),
  FOREIGN KEY (tenant_id, grant_id) REFERENCES credit_grant (tenant_id, id)
);
SELECT protect_tenant_table('hold_allocation', '{SELECT,INSERT,UPDATE}');

-- Each entry moves an amount from one account of the tenant to another: debits equal credits in every row, so no set of rows can be out
-- of balance. (ref, kind, turn) names the transaction and is its idempotency key: no second settle of a job, no second expiry of a grant.
-- seq is taken under the wallet's lock, therefore without gaps and in the order of commits.
CREATE TABLE ledger_entry (
  tenant_id uuid NOT NULL,
  seq bigint NOT NULL,
  ref uuid NOT NULL,                        -- the grant of a grant or expiry, else the job
  kind entry_kind NOT NULL,
  turn smallint NOT NULL DEFAULT 0,
  from_account ledger_account NOT NULL,
  to_account ledger_account NOT NULL,
  amount_milli bigint NOT NULL CHECK (amount_milli > 0),
  reason text,
  actor_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, seq),
  UNIQUE (tenant_id, ref, kind, turn, to_account),
  CHECK (CASE kind
    WHEN 'grant' THEN from_account = 'granted' AND to_account = 'available'
    WHEN 'hold' THEN from_account = 'available' AND to_account = 'held'
    WHEN 'extend' THEN from_account = 'available' AND to_account = 'held'
    WHEN 'settle' THEN from_account = 'held' AND to_account IN ('revenue', 'available', 'breakage')
    WHEN 'void' THEN from_account = 'held' AND to_account IN ('available', 'breakage')
    WHEN 'expire' THEN from_account = 'available' AND to_account = 'breakage' END)
);
SELECT protect_tenant_table('ledger_entry', '{SELECT,INSERT}');
REVOKE UPDATE, DELETE ON ledger_entry FROM atelier_system;

-- The hash chain: a seal covers the entries from_seq..to_seq and the seal before it. Written after the fact by the sealer.
CREATE TABLE ledger_seal (
  tenant_id uuid NOT NULL,
  from_seq bigint NOT NULL,
  to_seq bigint NOT NULL CHECK (to_seq >= from_seq),
  hash bytea NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, from_seq)
);
SELECT protect_tenant_table('ledger_seal', '{SELECT}');
REVOKE UPDATE, DELETE ON ledger_seal FROM atelier_system;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: correct a posting with another posting', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON ledger_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Inner step: books a grant. The caller has locked the wallet. Returns the grant of that key, whether new or there before.
CREATE FUNCTION ledger_add_grant(p_tenant uuid, p_grant uuid, p_kind grant_kind, p_amount bigint, p_expires_at timestamptz, p_reason text, p_key text, p_actor uuid)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_seq bigint;
  v_id uuid;
BEGIN
  INSERT INTO credit_grant (tenant_id, id, kind, priority, amount_milli, remaining_milli, expires_at, idem_key, reason, created_by)
  VALUES (p_tenant, p_grant, p_kind, CASE p_kind WHEN 'plan' THEN 10 ELSE 20 END, p_amount, p_amount, p_expires_at, p_key, p_reason, p_actor)
  ON CONFLICT (tenant_id, idem_key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT id INTO v_id FROM credit_grant WHERE tenant_id = p_tenant AND idem_key = p_key;
    RETURN v_id;
  END IF;
  UPDATE wallet SET available_milli = available_milli + p_amount, entry_seq = entry_seq + 1, due_at = least(due_at, p_expires_at)
  WHERE tenant_id = p_tenant RETURNING entry_seq INTO v_seq;
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, from_account, to_account, amount_milli, reason, actor_id)
  VALUES (p_tenant, v_seq, p_grant, 'grant', 'granted', 'available', p_amount, p_reason, p_actor);
  RETURN p_grant;
END $$;

-- Ends the grants whose time is over: what is left of them becomes breakage. Locks the wallet. Returns what lapsed.
CREATE FUNCTION ledger_expire(p_tenant uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_lapsed bigint;
BEGIN
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  WITH gone AS (
    SELECT id, remaining_milli AS amount, lapses FROM credit_grant WHERE tenant_id = p_tenant AND expired_at IS NULL AND expires_at <= now()
  ), closed AS (
    UPDATE credit_grant g SET remaining_milli = 0, lapsed_milli = lapsed_milli + gone.amount, lapses = g.lapses + 1, expired_at = now()
    FROM gone WHERE g.tenant_id = p_tenant AND g.id = gone.id
  ), taken AS (
    UPDATE wallet SET available_milli = available_milli - (SELECT coalesce(sum(amount), 0) FROM gone), entry_seq = entry_seq + (SELECT count(*) FROM gone WHERE amount > 0)
    WHERE tenant_id = p_tenant AND EXISTS (SELECT FROM gone WHERE amount > 0) RETURNING entry_seq
  ), posted AS (
    INSERT INTO ledger_entry (tenant_id, seq, ref, kind, turn, from_account, to_account, amount_milli)
    SELECT p_tenant, taken.entry_seq - row_number() OVER (ORDER BY id DESC) + 1, id, 'expire', lapses, 'available', 'breakage', amount FROM gone, taken WHERE amount > 0
  )
  SELECT coalesce(sum(amount), 0) INTO v_lapsed FROM gone;
  RETURN v_lapsed;
END $$;

-- Wallet, plan, expiries and the grant of the current period, whatever of them is missing. Cheap when nothing is due.
CREATE FUNCTION ledger_ensure_account(p_tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_wallet wallet;
  v_plan record;
BEGIN
  IF EXISTS (SELECT FROM wallet WHERE tenant_id = p_tenant AND due_at > now()) THEN RETURN; END IF;
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  SELECT * INTO v_wallet FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  IF v_wallet.due_at > now() THEN RETURN; END IF;  -- another did it while we waited

  PERFORM ledger_expire(p_tenant);
  IF v_wallet.period_ends_at IS NULL OR v_wallet.period_ends_at <= now() THEN
    INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor) SELECT p_tenant, o.plan, o.version, o.period_anchor FROM plan_of(p_tenant) AS o
    ON CONFLICT (tenant_id) DO NOTHING;
    SELECT v.name, v.credits_per_month_milli, t.plan, t.version, period.starts_at, period.ends_at INTO v_plan
    FROM tenant_plan t JOIN plan_version v USING (plan, version) CROSS JOIN LATERAL plan_period(t.period_anchor, now()) AS period WHERE t.tenant_id = p_tenant;
    IF v_plan.credits_per_month_milli > 0 THEN
      PERFORM ledger_add_grant(p_tenant, new_id(), 'plan', v_plan.credits_per_month_milli, v_plan.ends_at, v_plan.name || ': credits of the month',
        format('plan/%s/%s/%s', v_plan.plan, v_plan.version, to_char(v_plan.starts_at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISSUS')), NULL);
    END IF;
    v_wallet.period_ends_at := v_plan.ends_at;
  END IF;
  UPDATE wallet SET period_ends_at = v_wallet.period_ends_at,
    due_at = least(v_wallet.period_ends_at, (SELECT min(expires_at) FROM credit_grant WHERE tenant_id = p_tenant AND expired_at IS NULL))
  WHERE tenant_id = p_tenant;
END $$;

-- Gives the tenant another plan: the credits of the old period end, the new period begins now with its own. Locks the wallet like all others.
CREATE FUNCTION ledger_change_plan(p_tenant uuid, p_plan text, p_version int, p_by uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  UPDATE wallet SET period_ends_at = NULL, due_at = '-infinity' WHERE tenant_id = p_tenant;
  INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor, set_by) VALUES (p_tenant, p_plan, p_version, now(), p_by)
  ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, version = EXCLUDED.version, period_anchor = EXCLUDED.period_anchor, set_by = EXCLUDED.set_by, set_at = now();
  UPDATE credit_grant SET expires_at = now() WHERE tenant_id = p_tenant AND kind = 'plan' AND expired_at IS NULL;
  PERFORM ledger_ensure_account(p_tenant);
END $$;

-- Gives credits; a key that was used before gives nothing and returns the grant of then.
CREATE FUNCTION ledger_grant(p_tenant uuid, p_grant uuid, p_kind grant_kind, p_amount bigint, p_expires_at timestamptz, p_reason text, p_key text, p_actor uuid)
RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  RETURN ledger_add_grant(p_tenant, p_grant, p_kind, p_amount, p_expires_at, p_reason, p_key, p_actor);
END $$;

-- Inner step: takes the amounts of the jobs, in their order, from the live grants in burn order (priority, then earliest expiry), by laying
-- both along one line and cutting where they overlap. The caller has locked the wallet and found that it covers the sum of the amounts, each
-- more than 0.
CREATE FUNCTION ledger_allocate(p_tenant uuid, p_jobs uuid[], p_amounts bigint[], p_total bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_taken bigint;
  v_grant uuid;
BEGIN
  -- Nearly always the first grant covers everything.
  UPDATE credit_grant SET remaining_milli = remaining_milli - p_total
  WHERE tenant_id = p_tenant AND remaining_milli >= p_total AND id = (
    SELECT id FROM credit_grant WHERE tenant_id = p_tenant AND expired_at IS NULL AND remaining_milli > 0 ORDER BY priority, expires_at NULLS LAST, id LIMIT 1)
  RETURNING id INTO v_grant;
  IF FOUND THEN
    INSERT INTO hold_allocation AS had (tenant_id, job_id, grant_id, amount_milli) SELECT p_tenant, job_id, v_grant, amount FROM unnest(p_jobs, p_amounts) AS a(job_id, amount)
    ON CONFLICT (tenant_id, job_id, grant_id) DO UPDATE SET amount_milli = had.amount_milli + EXCLUDED.amount_milli;
    RETURN;
  END IF;

  WITH asked AS (
    SELECT job_id, amount, (sum(amount) OVER (ORDER BY ord))::bigint AS hi FROM unnest(p_jobs, p_amounts) WITH ORDINALITY AS a(job_id, amount, ord)
  ), live AS (
    SELECT id, remaining_milli, (sum(remaining_milli) OVER (ORDER BY priority, expires_at NULLS LAST, id))::bigint AS hi
    FROM credit_grant WHERE tenant_id = p_tenant AND expired_at IS NULL AND remaining_milli > 0
  ), part AS MATERIALIZED (
    SELECT job_id, id AS grant_id, least(asked.hi, live.hi) - greatest(asked.hi - amount, live.hi - remaining_milli) AS amount
    FROM asked JOIN live ON asked.hi - amount < live.hi AND live.hi - remaining_milli < asked.hi
  ), noted AS (
    INSERT INTO hold_allocation AS had (tenant_id, job_id, grant_id, amount_milli) SELECT p_tenant, job_id, grant_id, amount FROM part
    ON CONFLICT (tenant_id, job_id, grant_id) DO UPDATE SET amount_milli = had.amount_milli + EXCLUDED.amount_milli
  ), spent AS (
    UPDATE credit_grant g SET remaining_milli = remaining_milli - p.amount
    FROM (SELECT grant_id, sum(amount)::bigint AS amount FROM part GROUP BY grant_id) p WHERE g.tenant_id = p_tenant AND g.id = p.grant_id
  )
  SELECT coalesce(sum(amount), 0) INTO v_taken FROM part;
  IF v_taken <> p_total THEN
    RAISE EXCEPTION 'the grants of tenant % cover % of the % that its wallet promised', p_tenant, v_taken, p_total USING ERRCODE = 'data_corrupted';
  END IF;
END $$;

-- Holds credits for new jobs, in the order given, each whole or not at all: those that do not fit are refused, the others stand.
-- p_holds: [{jobId, holdId, amountMilli, quote, operation, model, teamId, userId, keyId}]. One row per job: available_milli is what is left
-- after it; limit_source says what refused it. A job that already has a hold is a unique violation.
CREATE FUNCTION ledger_hold(p_tenant uuid, p_holds jsonb) RETURNS TABLE (job_id uuid, ok boolean, available_milli bigint, limit_source text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_jobs uuid[];
  v_amounts bigint[];
  v_total bigint;
  v_count int;               -- entries: a hold of nothing has none
  v_left bigint;
  v_seq bigint;
  v_all boolean;
  v_refused uuid[] := '{}';
  v_paying uuid[] := '{}';
  v_paid bigint[] := '{}';
BEGIN
  SELECT array_agg((h->>'jobId')::uuid ORDER BY ord), array_agg((h->>'amountMilli')::bigint ORDER BY ord), sum((h->>'amountMilli')::bigint), count(*) FILTER (WHERE h->>'amountMilli' <> '0')
  INTO v_jobs, v_amounts, v_total, v_count FROM jsonb_array_elements(p_holds) WITH ORDINALITY AS x(h, ord);
  IF v_jobs IS NULL THEN RETURN; END IF;

  -- Nearly always everything fits: decide, lock and book in one statement.
  UPDATE wallet w SET available_milli = w.available_milli - v_total, held_milli = w.held_milli + v_total, entry_seq = w.entry_seq + v_count
  WHERE w.tenant_id = p_tenant AND w.available_milli >= v_total AND w.due_at > now() RETURNING w.available_milli + v_total, w.entry_seq - v_count INTO v_left, v_seq;
  v_all := FOUND;
  IF NOT v_all THEN
    PERFORM ledger_ensure_account(p_tenant);
    SELECT w.available_milli, w.entry_seq INTO v_left, v_seq FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
    v_total := 0;
  END IF;

  FOR i IN 1 .. cardinality(v_jobs) LOOP
    job_id := v_jobs[i];
    ok := v_amounts[i] <= v_left;
    limit_source := NULL;
    IF NOT ok THEN
      v_refused := v_refused || v_jobs[i];
      limit_source := 'wallet';
    ELSIF v_amounts[i] > 0 THEN
      v_left := v_left - v_amounts[i];
      v_paying := v_paying || v_jobs[i];
      v_paid := v_paid || v_amounts[i];
      IF NOT v_all THEN v_total := v_total + v_amounts[i]; END IF;
    END IF;
    available_milli := v_left;
    RETURN NEXT;
  END LOOP;

  IF NOT v_all THEN
    UPDATE wallet w SET available_milli = w.available_milli - v_total, held_milli = w.held_milli + v_total, entry_seq = w.entry_seq + cardinality(v_paying) WHERE w.tenant_id = p_tenant;
  END IF;
  INSERT INTO hold (tenant_id, job_id, id, amount_milli, quote, operation, model, team_id, user_id, key_id)
  SELECT p_tenant, h."jobId", h."holdId", h."amountMilli", h.quote, h.operation, h.model, h."teamId", h."userId", h."keyId"
  FROM jsonb_to_recordset(p_holds) AS h("jobId" uuid, "holdId" uuid, "amountMilli" bigint, quote jsonb, operation text, model text, "teamId" uuid, "userId" uuid, "keyId" uuid)
  WHERE v_all OR h."jobId" <> ALL (v_refused);
  IF v_paying = '{}' THEN RETURN; END IF;
  PERFORM ledger_allocate(p_tenant, v_paying, v_paid, v_total);
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, from_account, to_account, amount_milli)
  SELECT p_tenant, v_seq + ord, job, 'hold', 'available', 'held', amount FROM unnest(v_paying, v_paid) WITH ORDINALITY AS x(job, amount, ord);
END $$;

-- More for a running job, whole or not at all. False when it does not fit or the hold is closed.
CREATE FUNCTION ledger_extend(p_tenant uuid, p_job uuid, p_more bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_turn smallint;
  v_seq bigint;
BEGIN
  IF p_more <= 0 THEN RAISE EXCEPTION 'a hold is extended by more than 0, not by %', p_more USING ERRCODE = 'invalid_parameter_value'; END IF;
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant AND available_milli >= p_more FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE hold SET amount_milli = amount_milli + p_more, extensions = extensions + 1 WHERE tenant_id = p_tenant AND job_id = p_job AND state = 'open' RETURNING extensions INTO v_turn;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM ledger_allocate(p_tenant, ARRAY[p_job], ARRAY[p_more], p_more);
  UPDATE wallet SET available_milli = available_milli - p_more, held_milli = held_milli + p_more, entry_seq = entry_seq + 1 WHERE tenant_id = p_tenant RETURNING entry_seq INTO v_seq;
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, turn, from_account, to_account, amount_milli) VALUES (p_tenant, v_seq, p_job, 'extend', v_turn, 'available', 'held', p_more);
  RETURN true;
END $$;

-- Inner step of settle and void. Whoever turns the state from open books the money; everyone else learns what became of it.
-- The charge uses up the allocations in burn order. The rest returns to the grants it came from; from one that expired meanwhile it is
-- breakage, unless the end was our fault: then the grant opens again for 24 hours.
CREATE FUNCTION ledger_close(p_tenant uuid, p_job uuid, p_state hold_state, p_charge bigint, p_reason text, p_our_fault boolean)
RETURNS TABLE (closed boolean, held_milli bigint, charged_milli bigint, returned_milli bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_held bigint;
  v_back bigint;
  v_lapsed bigint;
  v_reopened boolean;
  v_seq bigint;
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
  UPDATE hold h SET state = p_state, charged_milli = p_charge, reason = p_reason, closed_at = now()
  WHERE h.tenant_id = p_tenant AND h.job_id = p_job AND h.state = 'open' RETURNING h.amount_milli INTO v_held;
  IF NOT FOUND THEN
    RETURN QUERY SELECT false, h.amount_milli, h.charged_milli, h.amount_milli - h.charged_milli FROM hold h WHERE h.tenant_id = p_tenant AND h.job_id = p_job;
    RETURN;
  END IF;

  WITH part AS MATERIALIZED (
    SELECT a.grant_id, g.expired_at IS NULL AS live,
      least(a.amount_milli, greatest(0, p_charge - (sum(a.amount_milli) OVER burn - a.amount_milli)))::bigint AS charged, a.amount_milli AS amount
    FROM hold_allocation a JOIN credit_grant g ON g.tenant_id = p_tenant AND g.id = a.grant_id
    WHERE a.tenant_id = p_tenant AND a.job_id = p_job WINDOW burn AS (ORDER BY g.priority, g.expires_at NULLS LAST, g.id)
  ), noted AS (
    UPDATE hold_allocation a SET charged_milli = part.charged FROM part WHERE a.tenant_id = p_tenant AND a.job_id = p_job AND a.grant_id = part.grant_id AND part.charged > 0
  ), given AS (
    UPDATE credit_grant g SET
      remaining_milli = g.remaining_milli + CASE WHEN live OR p_our_fault THEN amount - charged ELSE 0 END,
      lapsed_milli = g.lapsed_milli + CASE WHEN live OR p_our_fault THEN 0 ELSE amount - charged END,
      expires_at = CASE WHEN NOT live AND p_our_fault THEN now() + interval '24 hours' ELSE g.expires_at END,
      expired_at = CASE WHEN NOT live AND p_our_fault THEN NULL ELSE g.expired_at END
    FROM part WHERE g.tenant_id = p_tenant AND g.id = part.grant_id AND amount > charged
  )
  SELECT coalesce(sum(amount - charged) FILTER (WHERE live OR p_our_fault), 0), coalesce(sum(amount - charged) FILTER (WHERE NOT (live OR p_our_fault)), 0),
    coalesce(bool_or(NOT live AND p_our_fault AND amount > charged), false)
  INTO v_back, v_lapsed, v_reopened FROM part;

  UPDATE wallet w SET available_milli = w.available_milli + v_back, held_milli = w.held_milli - v_held,
    entry_seq = w.entry_seq + (p_charge > 0)::int + (v_back > 0)::int + (v_lapsed > 0)::int,
    due_at = CASE WHEN v_reopened THEN least(w.due_at, now() + interval '24 hours') ELSE w.due_at END
  WHERE w.tenant_id = p_tenant RETURNING w.entry_seq INTO v_seq;
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, from_account, to_account, amount_milli, reason)
  SELECT p_tenant, v_seq - row_number() OVER (ORDER BY ord DESC) + 1, p_job, (CASE p_state WHEN 'settled' THEN 'settle' ELSE 'void' END)::entry_kind, 'held', account::ledger_account, amount, p_reason
  FROM (VALUES (1, 'revenue', p_charge), (2, 'available', v_back), (3, 'breakage', v_lapsed)) AS leg(ord, account, amount) WHERE amount > 0;
  RETURN QUERY SELECT true, v_held, p_charge, v_held - p_charge;
END $$;

-- Charges p_charge (at most what is held) and returns the rest. No row: the job has no hold.
CREATE FUNCTION ledger_settle(p_tenant uuid, p_job uuid, p_charge bigint, p_reason text, p_our_fault boolean)
RETURNS TABLE (closed boolean, held_milli bigint, charged_milli bigint, returned_milli bigint) LANGUAGE sql AS $$
  SELECT * FROM ledger_close(p_tenant, p_job, 'settled', p_charge, p_reason, p_our_fault)
$$;

CREATE FUNCTION ledger_void(p_tenant uuid, p_job uuid, p_reason text, p_our_fault boolean)
RETURNS TABLE (closed boolean, held_milli bigint, charged_milli bigint, returned_milli bigint) LANGUAGE sql AS $$
  SELECT * FROM ledger_close(p_tenant, p_job, 'voided', 0, p_reason, p_our_fault)
$$;

-- What of an entry goes into the hash.
CREATE FUNCTION ledger_line(e ledger_entry) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_array(e.seq, e.ref, e.kind, e.turn, e.from_account, e.to_account, e.amount_milli, e.reason, e.actor_id, (extract(epoch FROM e.created_at) * 1000000)::bigint)::text
$$;

-- Seals up to p_limit entries that follow the last seal. Two sealers at once: the second writes nothing. Returns how many were sealed.
CREATE FUNCTION ledger_seal_entries(p_tenant uuid, p_limit int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  v_from bigint := 1;
  v_before bytea := '';
  v_to bigint;
  v_text text;
BEGIN
  SELECT to_seq + 1, hash INTO v_from, v_before FROM ledger_seal WHERE tenant_id = p_tenant ORDER BY from_seq DESC LIMIT 1;
  v_from := coalesce(v_from, 1);
  SELECT max(e.seq), string_agg(ledger_line(e), E'\n' ORDER BY e.seq) INTO v_to, v_text
  FROM ledger_entry e WHERE e.tenant_id = p_tenant AND e.seq >= v_from AND e.seq < v_from + p_limit;
  IF v_to IS NULL THEN RETURN 0; END IF;
  INSERT INTO ledger_seal (tenant_id, from_seq, to_seq, hash) VALUES (p_tenant, v_from, v_to, sha256(coalesce(v_before, '') || convert_to(v_text, 'UTF8')))
  ON CONFLICT (tenant_id, from_seq) DO NOTHING;
  RETURN v_to - v_from + 1;
END $$;

---------------------------------------------------------------------------------------------------------------------- usage

CREATE TABLE rate_card (
  version int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gpu_class text NOT NULL,
  capacity text NOT NULL CHECK (capacity IN ('on_demand', 'spot')),
  effective_from timestamptz NOT NULL DEFAULT now(),
  usd_micros_per_hour bigint NOT NULL CHECK (usd_micros_per_hour >= 0),
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (gpu_class, capacity, effective_from)
);
SELECT shared_table('rate_card', 'what an hour of a box costs the house, the same for all tenants');

INSERT INTO rate_card (gpu_class, capacity, effective_from, usd_micros_per_hour)
SELECT gpu_class, capacity, '2026-01-01Z', micros * CASE capacity WHEN 'spot' THEN 35 ELSE 100 END / 100
FROM (VALUES ('CPU', 40000), ('T4', 350000), ('L4', 700000), ('A10G', 1000000), ('A100', 2500000), ('H100', 4000000)) AS c(gpu_class, micros), unnest(ARRAY['on_demand', 'spot']) AS capacity;

-- One row per attempt of a task, closed by the server. Its dimensions are copied from the hold of the job, so that a report reads no other wing.
CREATE TABLE usage_attempt (
  tenant_id uuid NOT NULL,
  task_id uuid NOT NULL,
  attempt int NOT NULL,
  job_id uuid NOT NULL,
  box_id uuid NOT NULL,
  pool_id uuid NOT NULL,
  line text NOT NULL CHECK (line IN ('gpu', 'cpu')),
  gpu_class text NOT NULL,
  capacity text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('done', 'failed', 'stopped', 'lost', 'released', 'superseded')),
  load_ms bigint NOT NULL CHECK (load_ms >= 0),
  work_ms bigint NOT NULL CHECK (work_ms >= 0),
  wasted_ms bigint NOT NULL CHECK (wasted_ms >= 0),
  share_milli int NOT NULL CHECK (share_milli BETWEEN 0 AND 1000),
  occupied_ms bigint NOT NULL,              -- (load + work) by the share of the box
  rate_version int REFERENCES rate_card,    -- NULL: no rate was in effect, the cost is 0
  rate_micros_per_hour bigint NOT NULL,
  cost_micros bigint NOT NULL,              -- of load and work
  absorbed_micros bigint NOT NULL,          -- of the wasted time: never the tenant's
  operation text NOT NULL,
  model text,
  team_id uuid,
  user_id uuid,
  key_id uuid,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, task_id, attempt)
);
CREATE INDEX usage_attempt_ended ON usage_attempt (tenant_id, ended_at);
CREATE INDEX usage_attempt_job ON usage_attempt (tenant_id, job_id);
SELECT protect_tenant_table('usage_attempt', '{SELECT,INSERT}');
