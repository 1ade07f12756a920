-- Tells once when a balance falls below a mark, and again only after it has been at or above it.
ALTER TABLE wallet ADD low_below_milli bigint CHECK (low_below_milli >= 0);  -- the mark; NULL: a tenth of what the plan gives in a month; 0: never
ALTER TABLE wallet ADD low_since timestamptz;                               -- told then; NULL: not low

-- A balance is what can be spent and what jobs hold: holding and giving back crosses no mark, spending and lapsing do.
CREATE VIEW balance_mark WITH (security_invoker = true) AS
  SELECT w.tenant_id, w.available_milli + w.held_milli AS balance_milli, coalesce(w.low_below_milli, v.credits_per_month_milli / 10) AS below_milli, w.low_since
  FROM wallet w JOIN tenant_plan t USING (tenant_id) JOIN plan_version v USING (plan, version);
GRANT SELECT ON balance_mark TO atelier_app, atelier_system;

-- Notes a crossing; one row when it was noted by this call. Of two at once, one does it.
CREATE FUNCTION ledger_cross_mark(p_tenant uuid) RETURNS TABLE (low boolean, balance_milli bigint, below_milli bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_mark balance_mark;
BEGIN
  PERFORM 1 FROM wallet w WHERE w.tenant_id = p_tenant FOR UPDATE;
  SELECT * INTO v_mark FROM balance_mark m WHERE m.tenant_id = p_tenant;
  low := v_mark.balance_milli < v_mark.below_milli;
  IF low IS NULL OR low = (v_mark.low_since IS NOT NULL) THEN RETURN; END IF;
  UPDATE wallet w SET low_since = CASE WHEN low THEN now() END WHERE w.tenant_id = p_tenant;
  balance_milli := v_mark.balance_milli;
  below_milli := v_mark.below_milli;
  RETURN NEXT;
END $$;
