-- As before; and the seats that were bought beside another plan do not come along.
CREATE OR REPLACE FUNCTION ledger_change_plan(p_tenant uuid, p_plan text, p_version int, p_by uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  IF EXISTS (SELECT FROM plan_of(p_tenant) AS o WHERE o.plan = p_plan AND o.version = p_version) THEN RETURN false; END IF;
  UPDATE wallet SET period_ends_at = NULL, due_at = '-infinity' WHERE tenant_id = p_tenant;
  INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor, set_by) VALUES (p_tenant, p_plan, p_version, now(), p_by)
  ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, version = EXCLUDED.version, period_anchor = EXCLUDED.period_anchor, seats_extra = 0, ends_at = NULL,
    set_by = EXCLUDED.set_by, set_at = now();
  UPDATE credit_grant SET expires_at = now() WHERE tenant_id = p_tenant AND kind = 'plan' AND expired_at IS NULL AND lapses = 0;
  PERFORM ledger_ensure_account(p_tenant);
  RETURN true;
END $$;
