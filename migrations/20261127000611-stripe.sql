-- Payments: credits that are bought and taken back, subscriptions, the inbox of the payment service.

---------------------------------------------------------------------------------------------------------------------- ledger

ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_check, ADD CONSTRAINT ledger_entry_check CHECK (CASE kind
  WHEN 'grant' THEN from_account = 'granted' AND to_account = 'available'
  WHEN 'hold' THEN from_account = 'available' AND to_account = 'held'
  WHEN 'extend' THEN from_account = 'available' AND to_account = 'held'
  WHEN 'settle' THEN from_account = 'held' AND to_account IN ('revenue', 'available', 'breakage')
  WHEN 'void' THEN from_account = 'held' AND to_account IN ('available', 'breakage')
  WHEN 'expire' THEN from_account = 'available' AND to_account = 'breakage'
  WHEN 'clawback' THEN from_account = 'available' AND to_account = 'granted' END);

-- What the buyer was given back for, and what of it could be taken: the difference was spent before and is a receivable.
ALTER TABLE credit_grant
  ADD owed_milli bigint NOT NULL DEFAULT 0 CHECK (owed_milli BETWEEN 0 AND amount_milli),
  ADD clawed_milli bigint NOT NULL DEFAULT 0 CHECK (clawed_milli BETWEEN 0 AND amount_milli),
  ADD claws smallint NOT NULL DEFAULT 0;
CREATE INDEX credit_grant_receivable ON credit_grant (tenant_id, id) WHERE owed_milli > clawed_milli;

-- Credits that were sold: spent last, for a year. A key that was used before gives nothing and returns the grant of then.
CREATE FUNCTION ledger_sell(p_tenant uuid, p_grant uuid, p_amount bigint, p_reason text, p_key text, p_actor uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_id uuid;
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  v_id := ledger_add_grant(p_tenant, p_grant, 'purchase', p_amount, now() + interval '12 months', p_reason, p_key, p_actor);
  IF v_id = p_grant THEN UPDATE credit_grant SET priority = 30 WHERE tenant_id = p_tenant AND id = p_grant; END IF;
  RETURN v_id;
END $$;

-- Makes p_owed (a total, not a difference) of a sold grant the buyer's no more: takes what is left of the grant; what is spent already stays
-- owed. Less than before gives back. Saying the same total twice changes nothing. Locks the wallet like all others.
CREATE FUNCTION ledger_clawback(p_tenant uuid, p_grant uuid, p_owed bigint, p_reason text) RETURNS TABLE (moved_milli bigint, receivable_milli bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_grant credit_grant;
  v_take bigint;
  v_seq bigint;
BEGIN
  PERFORM ledger_ensure_account(p_tenant);
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  SELECT * INTO v_grant FROM credit_grant WHERE tenant_id = p_tenant AND id = p_grant;
  IF NOT FOUND THEN RAISE EXCEPTION 'tenant % has no grant %', p_tenant, p_grant USING ERRCODE = 'no_data_found'; END IF;
  v_take := least(p_owed - v_grant.clawed_milli, v_grant.remaining_milli);
  UPDATE credit_grant SET owed_milli = p_owed, remaining_milli = remaining_milli - v_take, clawed_milli = clawed_milli + v_take, claws = claws + (v_take <> 0)::int,
    -- What comes back after the year is over is spendable for a month.
    expires_at = CASE WHEN v_take < 0 AND expired_at IS NOT NULL THEN now() + interval '30 days' ELSE expires_at END,
    expired_at = CASE WHEN v_take < 0 THEN NULL ELSE expired_at END
  WHERE tenant_id = p_tenant AND id = p_grant RETURNING * INTO v_grant;
  IF v_take <> 0 THEN
    UPDATE wallet SET available_milli = available_milli - v_take, entry_seq = entry_seq + 1, due_at = least(due_at, v_grant.expires_at) WHERE tenant_id = p_tenant RETURNING entry_seq INTO v_seq;
    INSERT INTO ledger_entry (tenant_id, seq, ref, kind, turn, from_account, to_account, amount_milli, reason)
    VALUES (p_tenant, v_seq, p_grant, CASE WHEN v_take > 0 THEN 'clawback' ELSE 'grant' END::entry_kind, v_grant.claws,
      CASE WHEN v_take > 0 THEN 'available' ELSE 'granted' END::ledger_account, CASE WHEN v_take > 0 THEN 'granted' ELSE 'available' END::ledger_account, abs(v_take), p_reason);
  END IF;
  -- What lapsed was not spent, so nobody owes it.
  RETURN QUERY SELECT v_take, greatest(0, least(v_grant.owed_milli - v_grant.clawed_milli, v_grant.amount_milli - v_grant.clawed_milli - v_grant.lapsed_milli - v_grant.remaining_milli));
END $$;

-- Gives the tenant a version of a plan whose months are counted from p_anchor, with p_seats beside those of the plan. False when all of that
-- is so already. Another plan or another anchor ends the credits of the old period and begins one; other seats alone do not.
CREATE FUNCTION ledger_subscribe(p_tenant uuid, p_plan text, p_version int, p_anchor timestamptz, p_seats int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_now tenant_plan;
BEGIN
  INSERT INTO wallet (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
  PERFORM 1 FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
  PERFORM ledger_ensure_account(p_tenant);
  SELECT * INTO v_now FROM tenant_plan WHERE tenant_id = p_tenant;
  IF (v_now.plan, v_now.version, v_now.period_anchor, v_now.seats_extra) IS NOT DISTINCT FROM (p_plan, p_version, p_anchor, p_seats) THEN RETURN false; END IF;
  INSERT INTO tenant_plan (tenant_id, plan, version, period_anchor, seats_extra) VALUES (p_tenant, p_plan, p_version, p_anchor, p_seats)
  ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, version = EXCLUDED.version, period_anchor = EXCLUDED.period_anchor, seats_extra = EXCLUDED.seats_extra, set_by = NULL, set_at = now();
  IF (v_now.plan, v_now.version, v_now.period_anchor) IS NOT DISTINCT FROM (p_plan, p_version, p_anchor) THEN RETURN true; END IF;
  UPDATE wallet SET period_ends_at = NULL, due_at = '-infinity' WHERE tenant_id = p_tenant;
  UPDATE credit_grant SET expires_at = now() WHERE tenant_id = p_tenant AND kind = 'plan' AND expired_at IS NULL AND lapses = 0;
  PERFORM ledger_ensure_account(p_tenant);
  RETURN true;
END $$;

---------------------------------------------------------------------------------------------------------------------- plans

ALTER TABLE tenant_plan ADD seats_extra int NOT NULL DEFAULT 0 CHECK (seats_extra >= 0);
ALTER TABLE plan_version ADD seat_price_micros bigint CHECK (seat_price_micros >= 0);  -- NULL: no further seats are sold
UPDATE plan_version SET seat_price_micros = 12000000 WHERE plan = 'pro';

---------------------------------------------------------------------------------------------------------------------- payments

-- Who the tenant is to the payment service. lease: one at a time asks the service about the tenant and writes down what it saw.
CREATE TABLE billing_account (
  tenant_id uuid PRIMARY KEY,
  customer_id text,
  trial_used_at timestamptz,
  lease uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX billing_account_customer ON billing_account (customer_id);
SELECT protect_tenant_table('billing_account', '{SELECT,INSERT,UPDATE}');

CREATE TABLE credit_purchase (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  source text NOT NULL CHECK (source IN ('checkout', 'top_up')),
  pack text NOT NULL,
  credits_milli bigint NOT NULL CHECK (credits_milli > 0),
  price_micros bigint NOT NULL CHECK (price_micros > 0),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'failed', 'expired')),
  session_id text,
  payment_intent text,
  grant_id uuid,
  owed_milli bigint NOT NULL DEFAULT 0,      -- given back by refunds and disputes
  receivable_milli bigint NOT NULL DEFAULT 0, -- of that, spent before it could be taken
  failure text,
  made_by uuid NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  look_at timestamptz NOT NULL DEFAULT now() + interval '2 minutes',
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, grant_id) REFERENCES credit_grant (tenant_id, id),
  CHECK ((state = 'paid') = (grant_id IS NOT NULL))
);
CREATE INDEX credit_purchase_of_intent ON credit_purchase (payment_intent);
CREATE INDEX credit_purchase_open ON credit_purchase (look_at) WHERE state = 'open';
SELECT protect_tenant_table('credit_purchase', '{SELECT,INSERT,UPDATE}');

-- What the service said last about the tenant's subscription.
CREATE TABLE subscription (
  tenant_id uuid PRIMARY KEY,
  subscription_id text NOT NULL,
  status text NOT NULL,
  plan text NOT NULL,
  version int NOT NULL,
  seats_extra int NOT NULL,
  anchor timestamptz NOT NULL,
  period_ends_at timestamptz NOT NULL,
  trial_ends_at timestamptz,
  cancel_at timestamptz,
  paused boolean NOT NULL,
  grace_ends_at timestamptz,                -- a payment failed: until then the plan stays
  next jsonb,                               -- what begins with the next period: {plan, version, seatsExtra}
  schedule_id text,
  ended_at timestamptz,
  seen_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (plan, version) REFERENCES plan_version
);
CREATE INDEX subscription_grace ON subscription (grace_ends_at) WHERE grace_ends_at IS NOT NULL;
SELECT protect_tenant_table('subscription', '{SELECT,INSERT,UPDATE}');

CREATE TABLE invoice (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  invoice_id text NOT NULL,
  number text,
  status text NOT NULL,
  reason text,
  currency text NOT NULL,
  total_micros bigint NOT NULL,
  tax_micros bigint NOT NULL,
  paid_micros bigint NOT NULL,
  period_starts_at timestamptz NOT NULL,
  period_ends_at timestamptz NOT NULL,
  issued_at timestamptz NOT NULL,
  page_url text,
  file_url text,
  failures int NOT NULL DEFAULT 0,          -- attempts to pay that failed and were told
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, invoice_id)
);
SELECT protect_tenant_table('invoice', '{SELECT,INSERT,UPDATE}');

-- Webhooks: each event once, as a pointer to what is to be looked at again. Nothing of its contents is kept or applied.
CREATE TABLE stripe_event (
  id text PRIMARY KEY,
  type text NOT NULL,
  about text NOT NULL CHECK (about IN ('purchase', 'subscription', 'invoice', 'nothing')),
  object_id text NOT NULL,
  customer_id text,
  purchase_ref text,
  payment_intent text,
  state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'done', 'failed', 'ignored', 'dead')),
  attempts int NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  happened_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stripe_event_due ON stripe_event (due_at) WHERE state IN ('received', 'failed');
CREATE INDEX stripe_event_age ON stripe_event (received_at);
SELECT system_table('stripe_event', 'ids of the payment service, taken before their tenant is known');
