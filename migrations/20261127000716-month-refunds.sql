-- What went back of the money that paid an invoice, and of the credits that its month brought.
ALTER TABLE invoice ADD back_micros bigint NOT NULL DEFAULT 0 CHECK (back_micros >= 0), ADD disputed boolean NOT NULL DEFAULT false;
ALTER TABLE credit_grant ADD refunded_milli bigint NOT NULL DEFAULT 0 CHECK (refunded_milli BETWEEN 0 AND amount_milli);

-- Makes p_milli (a total) of a month's grant the buyer's no more, for good: what is left of it goes, what was spent is owed.
CREATE FUNCTION ledger_refund_month(p_tenant uuid, p_grant uuid, p_milli bigint, p_reason text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  UPDATE credit_grant SET refunded_milli = p_milli WHERE tenant_id = p_tenant AND id = p_grant;
  RETURN (SELECT moved_milli FROM ledger_clawback(p_tenant, p_grant, p_milli, p_reason));
END $$;

-- As before; and what was refunded of a month that is paid does not come back with it.
CREATE OR REPLACE FUNCTION ledger_cover_month(p_tenant uuid, p_paid boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_grant credit_grant;
  v_owed bigint;
  v_moved boolean := false;
BEGIN
  FOR v_grant IN SELECT * FROM plan_month_grants(p_tenant) LOOP
    v_owed := CASE WHEN p_paid THEN v_grant.refunded_milli ELSE v_grant.amount_milli END;
    CONTINUE WHEN v_grant.owed_milli = v_owed OR NOT p_paid AND v_grant.expired_at IS NOT NULL;
    v_moved := (SELECT moved_milli <> 0 FROM ledger_clawback(p_tenant, v_grant.id, v_owed, CASE WHEN p_paid THEN 'the month was paid' ELSE 'the month is not paid' END)) OR v_moved;
  END LOOP;
  RETURN v_moved;
END $$;
