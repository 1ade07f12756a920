-- Jobs in progress, which the sweep reads every few seconds; those that wait outnumber them by far.
CREATE INDEX job_begun ON job (tenant_id, id) WHERE finished_at IS NULL AND status <> 'queued';
