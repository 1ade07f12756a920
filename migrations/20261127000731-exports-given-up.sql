-- Files that were given up: the probe for periods without a file looks for them.
CREATE INDEX export_given_up ON export (finished_at) WHERE status = 'failed';
