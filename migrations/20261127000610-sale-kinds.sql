-- Kinds of the ledger for credits that are bought. A new value of an enum may not be used in the transaction that adds it: its uses follow.
ALTER TYPE grant_kind ADD VALUE IF NOT EXISTS 'purchase';
ALTER TYPE entry_kind ADD VALUE IF NOT EXISTS 'clawback';
