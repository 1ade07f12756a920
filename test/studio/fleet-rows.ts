import { createHash, randomUUID } from 'node:crypto';
import { parseId } from '../../src/platform/ids/index.js';
import { Advance } from '../../src/studio/jobs/course/advance.service.js';
import type { Person, TestApp } from '../support/app.js';

export interface TaskEnd {
  state: 'done' | 'failed' | 'canceled';
  error?: { class: 'input' | 'task' | 'box'; code: string; message: string };
  stepsDone?: number;
}

/**
 * Plays the fleet on the rows of `task`, for endings that no box can be made to produce on demand. Says nothing to anybody: what studio makes of
 * the rows is asked for with `look`, or left to its sweep.
 */
export class FleetRows {
  constructor(
    private readonly app: TestApp,
    private readonly person: Person,
  ) {}

  /** Task ids of a job in the order of its outputs. */
  async tasks(jobId: string): Promise<string[]> {
    return (await this.app.db.sql<{ id: string }>(`SELECT id FROM task WHERE job_id = $1 ORDER BY id`, [parseId('job', jobId)])).map(({ id }) => id);
  }

  /** Puts a task on a box: `leased` while it loads, `running` once it works. */
  async onBox(taskId: string, state: 'leased' | 'running'): Promise<void> {
    await this.app.db.sql(
      `UPDATE task SET state = $2, attempt = attempt + 1, lease_expires_at = now() + interval '1 hour', leased_at = now(), started_at = CASE $2 WHEN 'running' THEN now() END WHERE id = $1`,
      [taskId, state],
    );
  }

  /** Takes it from the box again, as after a lost lease. */
  async interrupted(taskId: string): Promise<void> {
    await this.app.db.sql(
      `UPDATE task SET state = 'ready', lease_expires_at = NULL, started_at = NULL, wait_reason = 'interrupted_retrying', not_before = now() + interval '1 hour' WHERE id = $1`,
      [taskId],
    );
  }

  async ended(taskId: string, end: TaskEnd): Promise<void> {
    const sha256 = createHash('sha256').update(taskId).digest('hex');
    const key = `t/${parseId('tnt', this.person.tenantId)}/out/${randomUUID()}`;
    const output = { slot: 'image', key, sha256, bytes: 1234, contentType: 'image/png', width: 512, height: 512, metadata: { engine: 'test' } };
    await this.app.db.sql(
      `UPDATE task SET state = $2, lease_expires_at = NULL, finished_at = now(), started_at = CASE WHEN $2 <> 'canceled' THEN coalesce(started_at, now()) ELSE started_at END,
         outputs = $3, error = $4, steps_done = $5, steps_total = 20, simulated = true WHERE id = $1`,
      [
        taskId,
        end.state,
        JSON.stringify(end.state === 'done' ? [output] : []),
        end.error ? JSON.stringify(end.error) : null,
        end.stepsDone ?? (end.state === 'done' ? 20 : 0),
      ],
    );
  }

  /** What news of the fleet would make studio do. */
  look(jobId: string): Promise<void> {
    return this.app.nest.get(Advance, { strict: false }).advance(parseId('tnt', this.person.tenantId), parseId('job', jobId));
  }
}
