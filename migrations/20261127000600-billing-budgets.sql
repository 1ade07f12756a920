-- Budgets: how much a tenant, a team, a person or a key may spend in a day, an ISO week or a month of the tenant's calendar.

CREATE TABLE budget (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('tenant', 'team', 'user', 'key')),
  subject_id uuid NOT NULL,                 -- whose spending it counts; the tenant itself for scope tenant
  period text NOT NULL CHECK (period IN ('day', 'week', 'month')),
  hard boolean NOT NULL,                    -- refuses; else it only tells
  limit_milli bigint NOT NULL CHECK (limit_milli > 0),
  limit_micros bigint CHECK (limit_micros > 0),    -- the limit as it was asked for in dollars; NULL: in credits
  credit_micros bigint CHECK (credit_micros > 0),  -- what a credit was worth when dollars became credits
  thresholds smallint[] NOT NULL,           -- per cent of the limit at which to tell
  forecast boolean NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CHECK ((limit_micros IS NULL) = (credit_micros IS NULL)),
  CHECK (scope <> 'tenant' OR subject_id = tenant_id)
);
SELECT protect_tenant_table('budget', '{SELECT,INSERT,UPDATE}');

-- One row per budget and period, opened by the first who looks. Written under the tenant's wallet lock, but for raised_milli.
CREATE TABLE budget_counter (
  tenant_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  zone text NOT NULL,                       -- in which the period was cut
  held_milli bigint NOT NULL DEFAULT 0 CHECK (held_milli >= 0),
  spent_milli bigint NOT NULL DEFAULT 0 CHECK (spent_milli >= 0),
  raised_milli bigint NOT NULL DEFAULT 0 CHECK (raised_milli >= 0),   -- increases that were approved: they end with the period
  PRIMARY KEY (tenant_id, budget_id, starts_at),
  FOREIGN KEY (tenant_id, budget_id) REFERENCES budget (tenant_id, id),
  CHECK (ends_at > starts_at)
) WITH (fillfactor = 50);
CREATE INDEX budget_counter_end ON budget_counter (ends_at);
SELECT protect_tenant_table('budget_counter', '{SELECT,INSERT,UPDATE}');

-- Which budgets count a hold, and in which of their periods: extend, settle and void touch exactly these rows.
CREATE TABLE hold_budget (
  tenant_id uuid NOT NULL,
  job_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, job_id, budget_id),
  FOREIGN KEY (tenant_id, job_id) REFERENCES hold (tenant_id, job_id),
  FOREIGN KEY (tenant_id, budget_id, starts_at) REFERENCES budget_counter (tenant_id, budget_id, starts_at)
);
SELECT protect_tenant_table('hold_budget', '{SELECT,INSERT}');

-- One row per budget, period and threshold: the key is what makes each alert happen once.
CREATE TABLE budget_alert (
  tenant_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  threshold text NOT NULL CHECK (threshold = 'forecast' OR threshold ~ '^[1-9][0-9]{0,2}$'),
  id uuid NOT NULL DEFAULT new_id(),
  spent_milli bigint NOT NULL,
  limit_milli bigint NOT NULL,              -- raised amounts included
  forecast_milli bigint,                    -- what the period is heading for
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, budget_id, starts_at, threshold),
  FOREIGN KEY (tenant_id, budget_id, starts_at) REFERENCES budget_counter (tenant_id, budget_id, starts_at)
);
CREATE INDEX budget_alert_age ON budget_alert (tenant_id, created_at DESC, id DESC);
SELECT protect_tenant_table('budget_alert', '{SELECT,INSERT}');

-- Somebody asks for more in the running period; somebody else decides. It counts in that period and ends with it.
CREATE TABLE budget_increase (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  budget_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  amount_milli bigint NOT NULL CHECK (amount_milli > 0),
  reason text NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'declined')),
  asked_by uuid NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  decided_by uuid,
  decided_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, budget_id, starts_at) REFERENCES budget_counter (tenant_id, budget_id, starts_at),
  CHECK ((state = 'pending') = (decided_at IS NULL))
);
CREATE INDEX budget_increase_age ON budget_increase (tenant_id, asked_at DESC, id DESC);
CREATE UNIQUE INDEX budget_increase_open ON budget_increase (tenant_id, budget_id, starts_at, asked_by) WHERE state = 'pending';
SELECT protect_tenant_table('budget_increase', '{SELECT,INSERT,UPDATE}');

-- Whether the tenant has a budget at all, where every hold looks anyway: those without pay nothing for those with.
ALTER TABLE wallet ADD budgeted boolean NOT NULL DEFAULT false;
ALTER TABLE hold ADD budgeted boolean NOT NULL DEFAULT false;

CREATE FUNCTION wallet_knows_budgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_ensure_account(NEW.tenant_id);
  PERFORM 1 FROM wallet WHERE tenant_id = NEW.tenant_id FOR UPDATE;
  UPDATE wallet SET budgeted = EXISTS (SELECT FROM budget b WHERE b.tenant_id = NEW.tenant_id AND b.deleted_at IS NULL) WHERE tenant_id = NEW.tenant_id;
  RETURN NULL;
END $$;
CREATE TRIGGER wallet_knows AFTER INSERT OR UPDATE OF deleted_at ON budget FOR EACH ROW EXECUTE FUNCTION wallet_knows_budgets();

---------------------------------------------------------------------------------------------------------------------- periods

-- The first instant of a calendar day. Where midnight does not exist, clocks are put forward then and the day begins with that; where it is
-- lived twice in a row, the day begins with the first.
CREATE FUNCTION day_begins(p_zone text, p_day date) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_at timestamptz := p_day::timestamp AT TIME ZONE p_zone;
  v_shift interval;
BEGIN
  IF ((v_at - interval '1 microsecond') AT TIME ZONE p_zone)::date >= p_day THEN
    FOREACH v_shift IN ARRAY ARRAY['20 minutes', '30 minutes', '1 hour', '2 hours', '1 day']::interval[] LOOP
      IF (v_at - v_shift) AT TIME ZONE p_zone = p_day::timestamp THEN RETURN v_at - v_shift; END IF;
    END LOOP;
  END IF;
  RETURN v_at;
END $$;

-- The day, ISO week or month of the zone's calendar that contains p_at. Enforcement, preview and rehearsal all ask here.
CREATE FUNCTION budget_period_at(p_zone text, p_period text, p_at timestamptz, OUT starts_at timestamptz, OUT ends_at timestamptz) LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_step interval := ('1 ' || p_period)::interval;
  v_first date := date_trunc(p_period, p_at AT TIME ZONE p_zone)::date;
BEGIN
  starts_at := day_begins(p_zone, v_first);
  IF starts_at > p_at THEN  -- clocks went back over midnight: this is still the day before
    v_first := (v_first - v_step)::date;
    starts_at := day_begins(p_zone, v_first);
  END IF;
  ends_at := day_begins(p_zone, (v_first + v_step)::date);
  IF ends_at <= starts_at THEN ends_at := day_begins(p_zone, (v_first + 2 * v_step)::date); END IF;  -- a day that the zone skipped
END $$;

-- In which zone a tenant's periods are cut; UTC when the database does not know the name.
CREATE FUNCTION budget_zone(p_tenant uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_zone text;
BEGIN
  SELECT time_zone INTO v_zone FROM tenant WHERE id = p_tenant;
  PERFORM now() AT TIME ZONE v_zone;
  RETURN coalesce(v_zone, 'UTC');
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN 'UTC';
END $$;

-- Opens the running period of every budget that has none. Periods of a budget never overlap, also when the tenant moves to another zone: the
-- old one is lived to its end. The caller has locked the wallet.
CREATE FUNCTION budget_open_periods(p_tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO budget_counter (tenant_id, budget_id, starts_at, ends_at, zone)
  SELECT p_tenant, b.id, greatest(p.starts_at, (SELECT max(c.ends_at) FROM budget_counter c WHERE c.tenant_id = p_tenant AND c.budget_id = b.id AND c.starts_at <= now())),
    least(p.ends_at, (SELECT min(c.starts_at) FROM budget_counter c WHERE c.tenant_id = p_tenant AND c.budget_id = b.id AND c.starts_at > now())), z.zone
  FROM (SELECT budget_zone(p_tenant) AS zone) z CROSS JOIN budget b CROSS JOIN LATERAL budget_period_at(z.zone, b.period, now()) AS p
  WHERE b.tenant_id = p_tenant AND b.deleted_at IS NULL
    AND NOT EXISTS (SELECT FROM budget_counter c WHERE c.tenant_id = p_tenant AND c.budget_id = b.id AND c.starts_at <= now() AND c.ends_at > now());
END $$;

---------------------------------------------------------------------------------------------------------------------- ledger

-- As before, and under every budget that counts the job: a hold fits into all of them and the wallet, or nowhere. limit_source says what
-- refused it; budget then tells of the first that did. Nothing changes for tenants without budgets.
DROP FUNCTION ledger_hold(uuid, jsonb);
CREATE FUNCTION ledger_hold(p_tenant uuid, p_holds jsonb) RETURNS TABLE (job_id uuid, ok boolean, available_milli bigint, limit_source text, budget jsonb) LANGUAGE plpgsql AS $$
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
  -- Of tenants with budgets only.
  v_budgeted boolean := false;
  v_teams uuid[];
  v_users uuid[];
  v_keys uuid[];
  v_budgets uuid[];          -- those that count any of the jobs, by id
  v_periods timestamptz[];
  v_scopes text[];
  v_subjects uuid[];
  v_rooms bigint[];          -- what still fits; NULL: it refuses nothing
  v_adds bigint[];
  v_mine int[];
  v_by int;
  v_counted_jobs uuid[] := '{}';
  v_counted_by int[] := '{}';
BEGIN
  SELECT array_agg((h->>'jobId')::uuid ORDER BY ord), array_agg((h->>'amountMilli')::bigint ORDER BY ord), sum((h->>'amountMilli')::bigint), count(*) FILTER (WHERE h->>'amountMilli' <> '0')
  INTO v_jobs, v_amounts, v_total, v_count FROM jsonb_array_elements(p_holds) WITH ORDINALITY AS x(h, ord);
  IF v_jobs IS NULL THEN RETURN; END IF;

  -- Nearly always everything fits: decide, lock and book in one statement.
  UPDATE wallet w SET available_milli = w.available_milli - v_total, held_milli = w.held_milli + v_total, entry_seq = w.entry_seq + v_count
  WHERE w.tenant_id = p_tenant AND w.available_milli >= v_total AND w.due_at > now() AND NOT w.budgeted RETURNING w.available_milli + v_total, w.entry_seq - v_count INTO v_left, v_seq;
  v_all := FOUND;
  IF NOT v_all THEN
    PERFORM ledger_ensure_account(p_tenant);
    SELECT w.available_milli, w.entry_seq, w.budgeted INTO v_left, v_seq, v_budgeted FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
    v_total := 0;
  END IF;
  IF v_budgeted THEN
    SELECT array_agg((h->>'teamId')::uuid ORDER BY ord), array_agg((h->>'userId')::uuid ORDER BY ord), array_agg((h->>'keyId')::uuid ORDER BY ord)
    INTO v_teams, v_users, v_keys FROM jsonb_array_elements(p_holds) WITH ORDINALITY AS x(h, ord);
    FOR attempt IN 1 .. 2 LOOP
      SELECT array_agg(b.id ORDER BY b.id), array_agg(c.starts_at ORDER BY b.id), array_agg(b.scope ORDER BY b.id), array_agg(b.subject_id ORDER BY b.id),
        array_agg(CASE WHEN b.hard THEN b.limit_milli + c.raised_milli - c.held_milli - c.spent_milli END ORDER BY b.id), array_agg(0::bigint)
      INTO v_budgets, v_periods, v_scopes, v_subjects, v_rooms, v_adds
      FROM budget b LEFT JOIN budget_counter c ON c.tenant_id = p_tenant AND c.budget_id = b.id AND c.starts_at <= now() AND c.ends_at > now()
      WHERE b.tenant_id = p_tenant AND b.deleted_at IS NULL AND CASE b.scope WHEN 'tenant' THEN true WHEN 'team' THEN b.subject_id = ANY (v_teams)
        WHEN 'user' THEN b.subject_id = ANY (v_users) ELSE b.subject_id = ANY (v_keys) END;
      EXIT WHEN array_position(v_periods, NULL) IS NULL;
      PERFORM budget_open_periods(p_tenant);
    END LOOP;
  END IF;

  FOR i IN 1 .. cardinality(v_jobs) LOOP
    job_id := v_jobs[i];
    ok := v_amounts[i] <= v_left;
    limit_source := NULL;
    budget := NULL;
    v_mine := '{}';
    IF NOT ok THEN
      limit_source := 'wallet';
    ELSE
      FOR j IN 1 .. coalesce(cardinality(v_budgets), 0) LOOP
        CONTINUE WHEN NOT coalesce(CASE v_scopes[j] WHEN 'tenant' THEN true WHEN 'team' THEN v_subjects[j] = v_teams[i] WHEN 'user' THEN v_subjects[j] = v_users[i]
          ELSE v_subjects[j] = v_keys[i] END, false);
        v_mine := v_mine || j;
        IF v_amounts[i] > 0 AND v_rooms[j] < v_amounts[i] THEN
          ok := false;
          limit_source := 'budget';
          v_by := j;
          EXIT;
        END IF;
      END LOOP;
    END IF;
    IF limit_source = 'budget' THEN
      SELECT jsonb_build_object('id', b.id, 'name', b.name, 'scope', b.scope, 'period', b.period, 'zone', c.zone, 'resetsAt', c.ends_at, 'limitMilli', (b.limit_milli + c.raised_milli)::text,
        'spentMilli', c.spent_milli::text, 'heldMilli', (b.limit_milli + c.raised_milli - c.spent_milli - v_rooms[v_by])::text) INTO budget
      FROM budget b JOIN budget_counter c ON c.tenant_id = p_tenant AND c.budget_id = b.id AND c.starts_at = v_periods[v_by] WHERE b.tenant_id = p_tenant AND b.id = v_budgets[v_by];
    END IF;
    IF NOT ok THEN
      v_refused := v_refused || v_jobs[i];
    ELSE
      FOREACH v_by IN ARRAY v_mine LOOP
        v_rooms[v_by] := v_rooms[v_by] - v_amounts[i];
        v_adds[v_by] := v_adds[v_by] + v_amounts[i];
        v_counted_jobs := v_counted_jobs || v_jobs[i];
        v_counted_by := v_counted_by || v_by;
      END LOOP;
      IF v_amounts[i] > 0 THEN
        v_left := v_left - v_amounts[i];
        v_paying := v_paying || v_jobs[i];
        v_paid := v_paid || v_amounts[i];
        IF NOT v_all THEN v_total := v_total + v_amounts[i]; END IF;
      END IF;
    END IF;
    available_milli := v_left;
    RETURN NEXT;
  END LOOP;

  IF NOT v_all THEN
    UPDATE wallet w SET available_milli = w.available_milli - v_total, held_milli = w.held_milli + v_total, entry_seq = w.entry_seq + cardinality(v_paying) WHERE w.tenant_id = p_tenant;
  END IF;
  INSERT INTO hold (tenant_id, job_id, id, amount_milli, quote, operation, model, team_id, user_id, key_id, budgeted)
  SELECT p_tenant, h."jobId", h."holdId", h."amountMilli", h.quote, h.operation, h.model, h."teamId", h."userId", h."keyId", v_budgeted
  FROM jsonb_to_recordset(p_holds) AS h("jobId" uuid, "holdId" uuid, "amountMilli" bigint, quote jsonb, operation text, model text, "teamId" uuid, "userId" uuid, "keyId" uuid)
  WHERE v_all OR h."jobId" <> ALL (v_refused);
  IF v_counted_jobs <> '{}' THEN
    UPDATE budget_counter c SET held_milli = c.held_milli + a.amount FROM unnest(v_budgets, v_periods, v_adds) AS a(budget, period, amount)
    WHERE c.tenant_id = p_tenant AND c.budget_id = a.budget AND c.starts_at = a.period AND a.amount > 0;
    INSERT INTO hold_budget (tenant_id, job_id, budget_id, starts_at)
    SELECT p_tenant, n.job, v_budgets[n.by], v_periods[n.by] FROM unnest(v_counted_jobs, v_counted_by) AS n(job, by);
  END IF;
  IF v_paying = '{}' THEN RETURN; END IF;
  PERFORM ledger_allocate(p_tenant, v_paying, v_paid, v_total);
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, from_account, to_account, amount_milli)
  SELECT p_tenant, v_seq + ord, job, 'hold', 'available', 'held', amount FROM unnest(v_paying, v_paid) WITH ORDINALITY AS x(job, amount, ord);
END $$;

-- As before, and more fits under the budgets that count the job too.
CREATE OR REPLACE FUNCTION ledger_extend(p_tenant uuid, p_job uuid, p_more bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_turn smallint;
  v_seq bigint;
BEGIN
  IF p_more <= 0 THEN RAISE EXCEPTION 'a hold is extended by more than 0, not by %', p_more USING ERRCODE = 'invalid_parameter_value'; END IF;
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant AND available_milli >= p_more FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  -- The periods of the hold decide, not those of today; a budget deleted or softened since does not.
  IF EXISTS (
    SELECT FROM hold_budget n JOIN budget b ON b.tenant_id = p_tenant AND b.id = n.budget_id AND b.hard AND b.deleted_at IS NULL
    JOIN budget_counter c ON c.tenant_id = p_tenant AND c.budget_id = n.budget_id AND c.starts_at = n.starts_at
    WHERE n.tenant_id = p_tenant AND n.job_id = p_job AND c.spent_milli + c.held_milli + p_more > b.limit_milli + c.raised_milli
  ) THEN RETURN false; END IF;
  UPDATE hold SET amount_milli = amount_milli + p_more, extensions = extensions + 1 WHERE tenant_id = p_tenant AND job_id = p_job AND state = 'open' RETURNING extensions INTO v_turn;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE budget_counter c SET held_milli = c.held_milli + p_more FROM hold_budget n
  WHERE n.tenant_id = p_tenant AND n.job_id = p_job AND c.tenant_id = p_tenant AND c.budget_id = n.budget_id AND c.starts_at = n.starts_at;
  PERFORM ledger_allocate(p_tenant, ARRAY[p_job], ARRAY[p_more], p_more);
  UPDATE wallet SET available_milli = available_milli - p_more, held_milli = held_milli + p_more, entry_seq = entry_seq + 1 WHERE tenant_id = p_tenant RETURNING entry_seq INTO v_seq;
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, turn, from_account, to_account, amount_milli) VALUES (p_tenant, v_seq, p_job, 'extend', v_turn, 'available', 'held', p_more);
  RETURN true;
END $$;

-- As before, and what was held under budgets is spent in the hold's own periods.
CREATE OR REPLACE FUNCTION ledger_close(p_tenant uuid, p_job uuid, p_state hold_state, p_charge bigint, p_reason text, p_our_fault boolean)
RETURNS TABLE (closed boolean, held_milli bigint, charged_milli bigint, returned_milli bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_held bigint;
  v_budgeted boolean;
  v_back bigint;
  v_lapsed bigint;
  v_reopened boolean;
  v_seq bigint;
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
  UPDATE hold h SET state = p_state, charged_milli = p_charge, reason = p_reason, closed_at = now()
  WHERE h.tenant_id = p_tenant AND h.job_id = p_job AND h.state = 'open' RETURNING h.amount_milli, h.budgeted INTO v_held, v_budgeted;
  IF NOT FOUND THEN
    RETURN QUERY SELECT false, h.amount_milli, h.charged_milli, h.amount_milli - h.charged_milli FROM hold h WHERE h.tenant_id = p_tenant AND h.job_id = p_job;
    RETURN;
  END IF;
  IF v_budgeted THEN
    UPDATE budget_counter c SET held_milli = c.held_milli - v_held, spent_milli = c.spent_milli + p_charge FROM hold_budget n
    WHERE n.tenant_id = p_tenant AND n.job_id = p_job AND c.tenant_id = p_tenant AND c.budget_id = n.budget_id AND c.starts_at = n.starts_at;
  END IF;

  WITH part AS MATERIALIZED (
    SELECT a.grant_id, g.expired_at IS NULL AS live, g.lapses,
      least(a.amount_milli, greatest(0, p_charge - (sum(a.amount_milli) OVER burn - a.amount_milli)))::bigint AS charged, a.amount_milli AS amount
    FROM hold_allocation a JOIN credit_grant g ON g.tenant_id = p_tenant AND g.id = a.grant_id
    WHERE a.tenant_id = p_tenant AND a.job_id = p_job WINDOW burn AS (ORDER BY g.priority, g.expires_at NULLS LAST, g.id)
  ), noted AS (
    UPDATE hold_allocation a SET charged_milli = part.charged FROM part WHERE a.tenant_id = p_tenant AND a.job_id = p_job AND a.grant_id = part.grant_id AND part.charged > 0
  ), given AS (
    UPDATE credit_grant g SET
      remaining_milli = g.remaining_milli + CASE WHEN live OR p_our_fault THEN amount - charged ELSE 0 END,
      lapsed_milli = g.lapsed_milli + CASE WHEN live OR p_our_fault THEN 0 ELSE amount - charged END,
      expires_at = CASE WHEN p_our_fault AND (NOT live OR part.lapses > 0) THEN greatest(g.expires_at, now() + interval '24 hours') ELSE g.expires_at END,
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

-- What a period is heading for: what was spent since the budget counts, at the same pace to the end. NULL while a tenth of the period has not
-- gone by: too little to tell by.
CREATE FUNCTION budget_forecast(p_spent bigint, p_counts_from timestamptz, p_starts_at timestamptz, p_ends_at timestamptz, p_at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN seen >= (p_ends_at - p_starts_at) / 10 AND p_at < p_ends_at
    THEN p_spent + floor(p_spent * extract(epoch FROM p_ends_at - p_at) / extract(epoch FROM seen))::bigint END
  FROM (SELECT p_at - greatest(p_counts_from, p_starts_at) AS seen) AS s
$$;

-- Alerts to raise: what spending alone has passed (never what is only held), also in a period that ended lately, because a job that began in it
-- may end after it. One that was raised is not due again, whatever happens to the figures.
CREATE VIEW budget_alerts_due WITH (security_invoker = true) AS
  SELECT c.tenant_id, c.budget_id, c.starts_at, t.threshold, c.spent_milli, b.limit_milli + c.raised_milli AS limit_milli, f.forecast_milli
  FROM budget_counter c JOIN budget b ON b.tenant_id = c.tenant_id AND b.id = c.budget_id AND b.deleted_at IS NULL
  CROSS JOIN LATERAL (SELECT budget_forecast(c.spent_milli, b.created_at, c.starts_at, c.ends_at, now()) AS forecast_milli) AS f
  CROSS JOIN LATERAL (
    SELECT per_cent::text AS threshold FROM unnest(b.thresholds) AS per_cent WHERE c.spent_milli::numeric * 100 >= per_cent::numeric * (b.limit_milli + c.raised_milli)
    UNION ALL
    SELECT 'forecast' WHERE b.forecast AND c.spent_milli < b.limit_milli + c.raised_milli AND f.forecast_milli >= b.limit_milli + c.raised_milli
  ) AS t
  WHERE c.ends_at > now() - interval '7 days' AND c.spent_milli > 0
    AND NOT EXISTS (SELECT FROM budget_alert a WHERE a.tenant_id = c.tenant_id AND a.budget_id = c.budget_id AND a.starts_at = c.starts_at AND a.threshold = t.threshold);
GRANT SELECT ON budget_alerts_due TO atelier_app, atelier_system;
