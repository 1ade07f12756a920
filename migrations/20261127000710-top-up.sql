-- Automatic top-up: a pack is bought by the card on file when the balance falls below a threshold.
CREATE TABLE top_up (
  tenant_id uuid PRIMARY KEY,
  enabled boolean NOT NULL,
  threshold_milli bigint NOT NULL CHECK (threshold_milli > 0),
  pack text NOT NULL,
  day_max_micros bigint NOT NULL CHECK (day_max_micros > 0),     -- for all top-ups of any 24 hours
  cool_down_minutes int NOT NULL CHECK (cool_down_minutes > 0),  -- from one that was paid to the next
  declines smallint NOT NULL DEFAULT 0,                          -- in a row
  not_before timestamptz NOT NULL DEFAULT '-infinity',           -- it waits after a decline
  stopped_because text,                                          -- it switched itself off
  set_by uuid NOT NULL,
  set_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX top_up_enabled ON top_up (tenant_id) WHERE enabled;
SELECT protect_tenant_table('top_up', '{SELECT,INSERT,UPDATE}');

-- The invoice that a purchase is paid by; of a top-up it is made first.
ALTER TABLE credit_purchase ADD invoice_id text;
CREATE UNIQUE INDEX credit_purchase_one_top_up ON credit_purchase (tenant_id) WHERE source = 'top_up' AND state = 'open';

-- Who is to be topped up now, with what, and what of the day's money is left.
CREATE VIEW top_up_due WITH (security_invoker = true) AS
  SELECT t.tenant_id, t.pack, t.day_max_micros - coalesce(p.day_micros, 0) AS left_micros
  FROM top_up t JOIN wallet w USING (tenant_id) CROSS JOIN LATERAL (
    SELECT sum(price_micros) FILTER (WHERE made_at > now() - interval '24 hours') AS day_micros,
      bool_or(state = 'open' OR made_at > now() - make_interval(mins => t.cool_down_minutes)) AS waits
    FROM credit_purchase p WHERE p.tenant_id = t.tenant_id AND p.source = 'top_up' AND p.state IN ('open', 'paid') AND (p.state = 'open' OR p.made_at > now() - interval '24 hours')
  ) AS p
  WHERE t.enabled AND t.not_before <= now() AND w.available_milli < t.threshold_milli AND p.waits IS NOT TRUE;
GRANT SELECT ON top_up_due TO atelier_app, atelier_system;
