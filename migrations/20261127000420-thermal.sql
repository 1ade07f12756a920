-- fleet: what the boxes of a pool can do, or its last ones could; written by fleet/boxes whenever a box comes or goes. NULL: it never had one.
ALTER TABLE pool ADD COLUMN abilities text[];
