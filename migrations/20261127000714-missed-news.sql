-- How far the payment service was asked for news that never came; begun_at keeps two from asking at once.
CREATE TABLE stripe_sweep (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  swept_at timestamptz NOT NULL DEFAULT '-infinity',
  begun_at timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO stripe_sweep DEFAULT VALUES;
SELECT system_table('stripe_sweep', 'how far the news of the payment service is known, of all tenants together');

-- When a subscription whose period is over was last asked after, because its news did not come.
ALTER TABLE subscription ADD asked_at timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX subscription_period ON subscription (period_ends_at);
