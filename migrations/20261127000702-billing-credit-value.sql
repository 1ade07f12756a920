-- What a credit is worth by a tenant's contract, in millionths of a dollar; NULL: its list value. It survives changes of the plan.
ALTER TABLE tenant_plan ADD credit_micros bigint CHECK (credit_micros > 0);
