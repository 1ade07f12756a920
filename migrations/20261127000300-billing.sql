-- Money, mended.

-- The share of a box in millionths: of a box with many slots a thousandth is more than one in a hundred of a share. What it makes of the time
-- is kept in microseconds for the same reason.
ALTER TABLE usage_attempt DROP CONSTRAINT usage_attempt_share_milli_check;
ALTER TABLE usage_attempt RENAME share_milli TO share_ppm;
ALTER TABLE usage_attempt RENAME occupied_ms TO occupied_us;
ALTER TABLE usage_attempt ALTER share_ppm TYPE int USING share_ppm * 1000, ALTER occupied_us TYPE bigint USING occupied_us * 1000,
  ADD CHECK (share_ppm BETWEEN 0 AND 1000000);
