-- A month's credits belong to a month that is paid: none come for months after a subscription ends or while it rests, and those of a month whose
-- payment failed wait for the payment.

ALTER TABLE tenant_plan ADD ends_at timestamptz;                     -- months that begin then or later bring no credits
ALTER TABLE subscription ADD covered boolean NOT NULL DEFAULT true;  -- false: the invoice of the present period was dropped, as while it rested

CREATE FUNCTION plan_grant_key(p_plan text, p_version int, p_starts_at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('plan/%s/%s/%s', p_plan, p_version, to_char(p_starts_at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISSUS'))
$$;

CREATE OR REPLACE FUNCTION ledger_ensure_account(p_tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
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
    SELECT v.name, v.credits_per_month_milli, t.plan, t.version, t.ends_at AS plan_ends_at, period.starts_at, period.ends_at INTO v_plan
    FROM tenant_plan t JOIN plan_version v USING (plan, version) CROSS JOIN LATERAL plan_period(t.period_anchor, now()) AS period WHERE t.tenant_id = p_tenant;
    IF v_plan.credits_per_month_milli > 0 AND v_plan.starts_at < coalesce(v_plan.plan_ends_at, 'infinity') THEN
      PERFORM ledger_add_grant(p_tenant, new_id(), 'plan', v_plan.credits_per_month_milli, v_plan.ends_at, v_plan.name || ': credits of the month',
        plan_grant_key(v_plan.plan, v_plan.version, v_plan.starts_at), NULL);
    END IF;
    v_wallet.period_ends_at := v_plan.ends_at;
  END IF;
  UPDATE wallet SET period_ends_at = v_wallet.period_ends_at,
    due_at = least(v_wallet.period_ends_at, (SELECT min(expires_at) FROM credit_grant WHERE tenant_id = p_tenant AND expired_at IS NULL))
  WHERE tenant_id = p_tenant;
END $$;

-- As before; and what an operator gives has no end.
CREATE OR REPLACE FUNCTION ledger_change_plan(p_tenant uuid, p_plan text, p_version int, p_by uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  IF EXISTS (SELECT FROM plan_of(p_tenant) AS o WHERE o.plan = p_plan AND o.version = p_version) THEN RETURN false; END IF;
  UPDATE wallet SET period_ends_at = NULL, due_at = '-infinity' WHERE tenant_id = p_tenant;
  INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor, set_by) VALUES (p_tenant, p_plan, p_version, now(), p_by)
  ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, version = EXCLUDED.version, period_anchor = EXCLUDED.period_anchor, ends_at = NULL, set_by = EXCLUDED.set_by, set_at = now();
  UPDATE credit_grant SET expires_at = now() WHERE tenant_id = p_tenant AND kind = 'plan' AND expired_at IS NULL AND lapses = 0;
  PERFORM ledger_ensure_account(p_tenant);
  RETURN true;
END $$;

-- The grants of the tenant's present month: the one that it began with, and what came back of it.
CREATE FUNCTION plan_month_grants(p_tenant uuid) RETURNS SETOF credit_grant LANGUAGE sql STABLE AS $$
  SELECT g.* FROM tenant_plan t CROSS JOIN LATERAL plan_period(t.period_anchor, now()) AS period CROSS JOIN LATERAL plan_grant_key(t.plan, t.version, period.starts_at) AS key
  JOIN credit_grant g ON g.tenant_id = t.tenant_id AND (g.idem_key = key OR starts_with(g.idem_key, key || '/again/')) WHERE t.tenant_id = p_tenant
$$;

-- A month that was ended early by another plan goes on when its plan comes back: what lapsed of it is granted again.
CREATE FUNCTION ledger_reopen_month(p_tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_month record;
BEGIN
  SELECT min(g.idem_key) AS key, count(*) AS grants, sum(g.lapsed_milli) - sum(g.amount_milli) FILTER (WHERE g.idem_key LIKE '%/again/%') AS again,
    sum(g.lapsed_milli) AS lapsed INTO v_month FROM plan_month_grants(p_tenant) AS g;
  IF coalesce(v_month.again, v_month.lapsed) > 0 THEN
    PERFORM ledger_add_grant(p_tenant, new_id(), 'plan', coalesce(v_month.again, v_month.lapsed)::bigint,
      (SELECT period.ends_at FROM tenant_plan t, LATERAL plan_period(t.period_anchor, now()) AS period WHERE t.tenant_id = p_tenant),
      'Credits of the month that goes on', format('%s/again/%s', v_month.key, v_month.grants), NULL);
  END IF;
END $$;

-- Gives the tenant a version of a plan whose months are counted from p_anchor, with p_seats beside those of the plan, until p_ends_at when it is known
-- to end. False when all of that is so already. Another plan or another anchor ends the credits of the old period and begins one; other seats or
-- another end alone do not. What Free gave stays until its month is over: so it does not matter whether a short subscription was ever heard of.
DROP FUNCTION ledger_subscribe(uuid, text, int, timestamptz, int);
CREATE FUNCTION ledger_subscribe(p_tenant uuid, p_plan text, p_version int, p_anchor timestamptz, p_seats int, p_ends_at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_now tenant_plan;
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  PERFORM ledger_ensure_account(p_tenant);
  SELECT * INTO v_now FROM tenant_plan WHERE tenant_id = p_tenant;
  IF (v_now.plan, v_now.version, v_now.period_anchor, v_now.seats_extra, v_now.ends_at) IS NOT DISTINCT FROM (p_plan, p_version, p_anchor, p_seats, p_ends_at) THEN RETURN false; END IF;
  INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor, seats_extra, ends_at) VALUES (p_tenant, p_plan, p_version, p_anchor, p_seats, p_ends_at)
  ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, version = EXCLUDED.version, period_anchor = EXCLUDED.period_anchor, seats_extra = EXCLUDED.seats_extra,
    ends_at = EXCLUDED.ends_at, set_by = NULL, set_at = now();
  -- The month is granted once by its key: one that was left out for an end that is no more comes now.
  UPDATE wallet SET period_ends_at = NULL, due_at = '-infinity' WHERE tenant_id = p_tenant;
  IF (v_now.plan, v_now.version, v_now.period_anchor) IS DISTINCT FROM (p_plan, p_version, p_anchor) THEN
    UPDATE credit_grant SET expires_at = now() WHERE tenant_id = p_tenant AND kind = 'plan' AND expired_at IS NULL AND lapses = 0 AND idem_key NOT LIKE 'plan/free/%';
  END IF;
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM ledger_reopen_month(p_tenant);
  RETURN true;
END $$;

-- Whether the present month is paid: while not, what is left of its credits waits (and comes back with the payment); what was spent is owed.
-- True when that moved anything. Saying the same again changes nothing.
CREATE FUNCTION ledger_cover_month(p_tenant uuid, p_paid boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_grant credit_grant;
  v_owed bigint;
  v_moved boolean := false;
BEGIN
  FOR v_grant IN SELECT * FROM plan_month_grants(p_tenant) LOOP
    v_owed := CASE WHEN p_paid THEN 0 ELSE v_grant.amount_milli END;
    CONTINUE WHEN v_grant.owed_milli = v_owed OR NOT p_paid AND v_grant.expired_at IS NOT NULL;
    v_moved := (SELECT moved_milli <> 0 FROM ledger_clawback(p_tenant, v_grant.id, v_owed, CASE WHEN p_paid THEN 'the month was paid' ELSE 'the month is not paid' END)) OR v_moved;
  END LOOP;
  RETURN v_moved;
END $$;
