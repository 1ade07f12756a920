-- What of a purchase's money went back, as the payment service says it: shares of credits are rounded, money is not.
ALTER TABLE credit_purchase ADD back_micros bigint NOT NULL DEFAULT 0 CHECK (back_micros >= 0);
UPDATE credit_purchase SET back_micros = coalesce(paid_micros, price_micros) * owed_milli / credits_milli WHERE owed_milli > 0;

-- What is still owed changes with every job that gives back: the grant knows.
ALTER TABLE credit_purchase DROP receivable_milli;
CREATE FUNCTION grant_receivable(p_grant credit_grant) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT greatest(0, least(p_grant.owed_milli - p_grant.clawed_milli, p_grant.amount_milli - p_grant.clawed_milli - p_grant.lapsed_milli - p_grant.remaining_milli))
$$;
