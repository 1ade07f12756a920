-- Money, mended.

-- The share of a box in millionths: of a box with many slots a thousandth is more than one in a hundred of a share. What it makes of the time
-- is kept in microseconds for the same reason.
ALTER TABLE usage_attempt DROP CONSTRAINT usage_attempt_share_milli_check;
ALTER TABLE usage_attempt RENAME share_milli TO share_ppm;
ALTER TABLE usage_attempt RENAME occupied_ms TO occupied_us;
ALTER TABLE usage_attempt ALTER share_ppm TYPE int USING share_ppm * 1000, ALTER occupied_us TYPE bigint USING occupied_us * 1000,
  ADD CHECK (share_ppm BETWEEN 0 AND 1000000);

-- As before, and a grant that our fault opened again is spendable for 24 hours after the last of our faults, not only the first.
CREATE OR REPLACE FUNCTION ledger_close(p_tenant uuid, p_job uuid, p_state hold_state, p_charge bigint, p_reason text, p_our_fault boolean)
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

-- Gives the tenant another plan: the credits of the old period end, the new period begins now with its own. Locks the wallet like all others.
-- False when the tenant has this version already: of two who give it at once, one does. A grant that our fault opened again keeps its 24 hours.
DROP FUNCTION ledger_change_plan(uuid, text, int, uuid);
CREATE FUNCTION ledger_change_plan(p_tenant uuid, p_plan text, p_version int, p_by uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  IF EXISTS (SELECT FROM plan_of(p_tenant) AS o WHERE o.plan = p_plan AND o.version = p_version) THEN RETURN false; END IF;
  UPDATE wallet SET period_ends_at = NULL, due_at = '-infinity' WHERE tenant_id = p_tenant;
  INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor, set_by) VALUES (p_tenant, p_plan, p_version, now(), p_by)
  ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, version = EXCLUDED.version, period_anchor = EXCLUDED.period_anchor, set_by = EXCLUDED.set_by, set_at = now();
  UPDATE credit_grant SET expires_at = now() WHERE tenant_id = p_tenant AND kind = 'plan' AND expired_at IS NULL AND lapses = 0;
  PERFORM ledger_ensure_account(p_tenant);
  RETURN true;
END $$;
