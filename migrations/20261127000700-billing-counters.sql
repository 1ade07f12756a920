-- A hold names the periods that count it itself: no rows of their own, and none of the eight checks of keys that two budgets cost each hold.
-- Counters are never deleted, so nothing that is named goes away.

ALTER TABLE budget_counter ADD id uuid NOT NULL DEFAULT new_id();
ALTER TABLE budget_counter ADD UNIQUE (tenant_id, id);
ALTER TABLE hold ADD counters uuid[];       -- budget_counter.id of every budget that counts it; NULL: none does

ALTER TABLE hold NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hold_budget NO FORCE ROW LEVEL SECURITY;
ALTER TABLE budget_counter NO FORCE ROW LEVEL SECURITY;
UPDATE hold h SET counters = n.counters FROM (
  SELECT n.tenant_id, n.job_id, array_agg(c.id ORDER BY c.budget_id) AS counters FROM hold_budget n
  JOIN budget_counter c ON c.tenant_id = n.tenant_id AND c.budget_id = n.budget_id AND c.starts_at = n.starts_at GROUP BY n.tenant_id, n.job_id) AS n
WHERE h.tenant_id = n.tenant_id AND h.job_id = n.job_id;
ALTER TABLE hold FORCE ROW LEVEL SECURITY;
ALTER TABLE budget_counter FORCE ROW LEVEL SECURITY;

DROP TABLE hold_budget;
ALTER TABLE hold DROP budgeted;

-- As before, with one update of the wallet also under budgets.
CREATE OR REPLACE FUNCTION ledger_hold(p_tenant uuid, p_holds jsonb) RETURNS TABLE (job_id uuid, ok boolean, available_milli bigint, limit_source text, budget jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_jobs uuid[];
  v_amounts bigint[];
  v_total bigint;
  v_count int;               -- entries: a hold of nothing has none
  v_booked bigint;
  v_entries int;
  v_left bigint;
  v_seq bigint;
  v_refused uuid[] := '{}';
  v_paying uuid[] := '{}';
  v_paid bigint[] := '{}';
  -- Of tenants with budgets only.
  v_budgeted boolean;
  v_teams uuid[];
  v_users uuid[];
  v_keys uuid[];
  v_counters uuid[];         -- the running periods of those budgets that count any of the jobs, by the budget's id
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

  -- Nearly always everything fits: decide, lock and book in one statement. What a budget then refuses is booked back below.
  UPDATE wallet w SET available_milli = w.available_milli - v_total, held_milli = w.held_milli + v_total, entry_seq = w.entry_seq + v_count
  WHERE w.tenant_id = p_tenant AND w.available_milli >= v_total AND w.due_at > now() RETURNING w.available_milli + v_total, w.entry_seq - v_count, w.budgeted INTO v_left, v_seq, v_budgeted;
  IF FOUND THEN
    v_booked := v_total;
    v_entries := v_count;
  ELSE
    PERFORM ledger_ensure_account(p_tenant);
    SELECT w.available_milli, w.entry_seq, w.budgeted INTO v_left, v_seq, v_budgeted FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
    v_booked := 0;
    v_entries := 0;
  END IF;
  IF v_budgeted THEN
    SELECT array_agg((h->>'teamId')::uuid ORDER BY ord), array_agg((h->>'userId')::uuid ORDER BY ord), array_agg((h->>'keyId')::uuid ORDER BY ord)
    INTO v_teams, v_users, v_keys FROM jsonb_array_elements(p_holds) WITH ORDINALITY AS x(h, ord);
    FOR attempt IN 1 .. 2 LOOP
      SELECT array_agg(f.counter), array_agg(f.scope), array_agg(f.subject_id), array_agg(f.room), array_agg(0::bigint) INTO v_counters, v_scopes, v_subjects, v_rooms, v_adds FROM (
        SELECT c.id AS counter, b.scope, b.subject_id, CASE WHEN b.hard THEN b.limit_milli + c.raised_milli - c.held_milli - c.spent_milli END AS room
        FROM budget b LEFT JOIN budget_counter c ON c.tenant_id = p_tenant AND c.budget_id = b.id AND c.starts_at <= now() AND c.ends_at > now()
        WHERE b.tenant_id = p_tenant AND b.deleted_at IS NULL AND CASE b.scope WHEN 'tenant' THEN true WHEN 'team' THEN b.subject_id = ANY (v_teams)
          WHEN 'user' THEN b.subject_id = ANY (v_users) ELSE b.subject_id = ANY (v_keys) END
        ORDER BY b.id) AS f;
      EXIT WHEN array_position(v_counters, NULL) IS NULL;
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
    ELSIF v_budgeted THEN
      FOR j IN 1 .. coalesce(cardinality(v_counters), 0) LOOP
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
      FROM budget_counter c JOIN budget b ON b.tenant_id = p_tenant AND b.id = c.budget_id WHERE c.tenant_id = p_tenant AND c.id = v_counters[v_by];
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
        v_booked := v_booked - v_amounts[i];
        v_entries := v_entries - 1;
      END IF;
    END IF;
    available_milli := v_left;
    RETURN NEXT;
  END LOOP;

  -- What was booked and not held, or held and not booked yet.
  IF v_entries <> 0 THEN
    UPDATE wallet w SET available_milli = w.available_milli + v_booked, held_milli = w.held_milli - v_booked, entry_seq = w.entry_seq - v_entries WHERE w.tenant_id = p_tenant;
  END IF;
  IF v_counted_jobs = '{}' THEN
    INSERT INTO hold (tenant_id, job_id, id, amount_milli, quote, operation, model, team_id, user_id, key_id)
    SELECT p_tenant, h."jobId", h."holdId", h."amountMilli", h.quote, h.operation, h.model, h."teamId", h."userId", h."keyId"
    FROM jsonb_to_recordset(p_holds) AS h("jobId" uuid, "holdId" uuid, "amountMilli" bigint, quote jsonb, operation text, model text, "teamId" uuid, "userId" uuid, "keyId" uuid)
    WHERE h."jobId" <> ALL (v_refused);
  ELSE
    INSERT INTO hold (tenant_id, job_id, id, amount_milli, quote, operation, model, team_id, user_id, key_id, counters)
    SELECT p_tenant, h."jobId", h."holdId", h."amountMilli", h.quote, h.operation, h.model, h."teamId", h."userId", h."keyId", n.counters
    FROM jsonb_to_recordset(p_holds) AS h("jobId" uuid, "holdId" uuid, "amountMilli" bigint, quote jsonb, operation text, model text, "teamId" uuid, "userId" uuid, "keyId" uuid)
    LEFT JOIN (SELECT job, array_agg(v_counters[by]) AS counters FROM unnest(v_counted_jobs, v_counted_by) AS n(job, by) GROUP BY job) AS n ON n.job = h."jobId"
    WHERE h."jobId" <> ALL (v_refused);
    UPDATE budget_counter c SET held_milli = c.held_milli + a.amount FROM unnest(v_counters, v_adds) AS a(counter, amount) WHERE c.tenant_id = p_tenant AND c.id = a.counter AND a.amount > 0;
  END IF;
  IF v_paying = '{}' THEN RETURN; END IF;
  PERFORM ledger_allocate(p_tenant, v_paying, v_paid, (SELECT sum(paid) FROM unnest(v_paid) AS paid)::bigint);
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, from_account, to_account, amount_milli)
  SELECT p_tenant, v_seq + ord, job, 'hold', 'available', 'held', amount FROM unnest(v_paying, v_paid) WITH ORDINALITY AS x(job, amount, ord);
END $$;

-- As before, by the counters that the hold names.
CREATE OR REPLACE FUNCTION ledger_extend(p_tenant uuid, p_job uuid, p_more bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_turn smallint;
  v_counters uuid[];
  v_seq bigint;
BEGIN
  IF p_more <= 0 THEN RAISE EXCEPTION 'a hold is extended by more than 0, not by %', p_more USING ERRCODE = 'invalid_parameter_value'; END IF;
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant AND available_milli >= p_more FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  -- The periods of the hold decide, not those of today; a budget deleted or softened since does not.
  IF EXISTS (
    SELECT FROM hold h JOIN budget_counter c ON c.tenant_id = p_tenant AND c.id = ANY (h.counters)
    JOIN budget b ON b.tenant_id = p_tenant AND b.id = c.budget_id AND b.hard AND b.deleted_at IS NULL
    WHERE h.tenant_id = p_tenant AND h.job_id = p_job AND c.spent_milli + c.held_milli + p_more > b.limit_milli + c.raised_milli
  ) THEN RETURN false; END IF;
  UPDATE hold SET amount_milli = amount_milli + p_more, extensions = extensions + 1 WHERE tenant_id = p_tenant AND job_id = p_job AND state = 'open' RETURNING extensions, counters INTO v_turn, v_counters;
  IF NOT FOUND THEN RETURN false; END IF;
  IF v_counters IS NOT NULL THEN UPDATE budget_counter SET held_milli = held_milli + p_more WHERE tenant_id = p_tenant AND id = ANY (v_counters); END IF;
  PERFORM ledger_allocate(p_tenant, ARRAY[p_job], ARRAY[p_more], p_more);
  UPDATE wallet SET available_milli = available_milli - p_more, held_milli = held_milli + p_more, entry_seq = entry_seq + 1 WHERE tenant_id = p_tenant RETURNING entry_seq INTO v_seq;
  INSERT INTO ledger_entry (tenant_id, seq, ref, kind, turn, from_account, to_account, amount_milli) VALUES (p_tenant, v_seq, p_job, 'extend', v_turn, 'available', 'held', p_more);
  RETURN true;
END $$;

-- As before, by the counters that the hold names.
CREATE OR REPLACE FUNCTION ledger_close(p_tenant uuid, p_job uuid, p_state hold_state, p_charge bigint, p_reason text, p_our_fault boolean)
RETURNS TABLE (closed boolean, held_milli bigint, charged_milli bigint, returned_milli bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_held bigint;
  v_counters uuid[];
  v_back bigint;
  v_lapsed bigint;
  v_reopened boolean;
  v_seq bigint;
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
  UPDATE hold h SET state = p_state, charged_milli = p_charge, reason = p_reason, closed_at = now()
  WHERE h.tenant_id = p_tenant AND h.job_id = p_job AND h.state = 'open' RETURNING h.amount_milli, h.counters INTO v_held, v_counters;
  IF NOT FOUND THEN
    RETURN QUERY SELECT false, h.amount_milli, h.charged_milli, h.amount_milli - h.charged_milli FROM hold h WHERE h.tenant_id = p_tenant AND h.job_id = p_job;
    RETURN;
  END IF;
  IF v_counters IS NOT NULL THEN
    UPDATE budget_counter c SET held_milli = c.held_milli - v_held, spent_milli = c.spent_milli + p_charge WHERE c.tenant_id = p_tenant AND c.id = ANY (v_counters);
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
