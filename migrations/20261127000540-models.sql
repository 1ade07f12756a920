-- studio/models: a tenant switches its own model off for itself alone. The same file may be somebody else's too, so that fleet, which knows
-- files by digest, is not told.
ALTER TABLE model ADD COLUMN is_off boolean NOT NULL DEFAULT false;
