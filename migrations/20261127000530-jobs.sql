-- studio/jobs: jobs of several steps, and jobs that stay open for more work.
-- Kinds of tasks whose outputs the job delivers; the others are steps on the way. Null: every output is delivered.
ALTER TABLE job ADD COLUMN result_kinds text[];
-- Which output of which task feeds which input of a later one: [{task, name, from, slot}].
ALTER TABLE job ADD COLUMN wiring jsonb NOT NULL DEFAULT '[]';
-- Until then the job takes more tasks and does not end by itself; null: it never did.
ALTER TABLE job ADD COLUMN open_until timestamptz;
CREATE INDEX job_open ON job (open_until) WHERE finished_at IS NULL AND open_until IS NOT NULL;
