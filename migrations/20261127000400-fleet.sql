-- The share of a box in millionths, as in the usage rows that are made from these.
ALTER TABLE task_attempt RENAME share_milli TO share_ppm;
ALTER TABLE task_attempt ALTER share_ppm TYPE int USING share_ppm * 1000;
