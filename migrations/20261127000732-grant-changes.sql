-- When credits stopped being worth something otherwise than by use: what lapsed of a grant, and what of it was used (or lapsed) although its price went back,
-- each time in an instant of its own. The grant has the sums.
CREATE TABLE grant_change (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT new_id(),
  grant_id uuid NOT NULL,
  lapsed_milli bigint NOT NULL CHECK (lapsed_milli >= 0),
  repaid_milli bigint NOT NULL,             -- below zero: paid again, or taken back after all
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, grant_id) REFERENCES credit_grant (tenant_id, id),
  CHECK (lapsed_milli <> 0 OR repaid_milli <> 0)
);
CREATE INDEX grant_change_at ON grant_change (tenant_id, changed_at, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON grant_change FOR EACH ROW EXECUTE FUNCTION refuse_change();
SELECT protect_tenant_table('grant_change', '{SELECT,INSERT}');
REVOKE UPDATE, DELETE ON grant_change FROM atelier_system;

-- Whichever function of the ledger moved it.
CREATE FUNCTION note_grant_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO grant_change (tenant_id, grant_id, lapsed_milli, repaid_milli)
  VALUES (NEW.tenant_id, NEW.id, NEW.lapsed_milli - OLD.lapsed_milli, (NEW.owed_milli - NEW.clawed_milli) - (OLD.owed_milli - OLD.clawed_milli));
  RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER UPDATE OF lapsed_milli, owed_milli, clawed_milli ON credit_grant FOR EACH ROW
WHEN (NEW.lapsed_milli <> OLD.lapsed_milli OR NEW.owed_milli - NEW.clawed_milli <> OLD.owed_milli - OLD.clawed_milli) EXECUTE FUNCTION note_grant_change();

-- The grant whose price (or a part of it) an adjustment gives back, or takes again.
ALTER TABLE charge ADD refund_of uuid, ADD FOREIGN KEY (tenant_id, refund_of) REFERENCES credit_grant (tenant_id, id),
  ADD CHECK (refund_of IS NULL OR category = 'adjustment');

-- What was before.
ALTER TABLE charge DISABLE TRIGGER append_only;
UPDATE charge c SET refund_of = g.id FROM credit_grant g WHERE g.tenant_id = c.tenant_id AND c.category = 'adjustment' AND starts_with(c.idem_key, g.idem_key || '/') AND g.kind = 'purchase';
ALTER TABLE charge ENABLE TRIGGER append_only;
INSERT INTO grant_change (tenant_id, grant_id, lapsed_milli, repaid_milli, changed_at)
SELECT tenant_id, ref, amount_milli, 0, created_at FROM ledger_entry WHERE kind = 'expire';
INSERT INTO grant_change (tenant_id, grant_id, lapsed_milli, repaid_milli, changed_at)
SELECT g.tenant_id, g.id, g.lapsed_milli - e.lapsed, 0, coalesce(g.expired_at, now()) FROM credit_grant g CROSS JOIN LATERAL (
  SELECT coalesce(sum(amount_milli), 0) AS lapsed FROM ledger_entry e WHERE e.tenant_id = g.tenant_id AND e.ref = g.id AND e.kind = 'expire') e
WHERE g.lapsed_milli > e.lapsed;
INSERT INTO grant_change (tenant_id, grant_id, lapsed_milli, repaid_milli, changed_at)
SELECT g.tenant_id, g.id, 0, g.owed_milli - g.clawed_milli, coalesce((SELECT max(charged_at) FROM charge c WHERE c.tenant_id = g.tenant_id AND c.refund_of = g.id), now())
FROM credit_grant g WHERE g.owed_milli <> g.clawed_milli;
