import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Boxes } from '../../src/fleet/boxes/index.js';
import { Tasks, type NewTask } from '../../src/fleet/tasks/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { newId, typeId } from '../../src/platform/ids/index.js';
import type { TestApp } from '../support/app.js';

export interface TaskRow {
  id: string;
  state: string;
  attempt: number;
  failures: number;
  suspect_losses: number;
  tag: number | null;
  error: { code: string } | null;
  outputs: { key: string }[];
  box_id: string | null;
  not_before: Date | null;
  wait_reason: string | null;
}

export const tenant = (): string => randomUUID();

/** What studio does when it submits: one transaction of the tenant, tasks in it. */
export async function submit(app: TestApp, tenantId: string, n = 1, change: Partial<NewTask> = {}): Promise<string[]> {
  const tasks = Array.from({ length: n }, (): NewTask => ({
    id: newId(),
    jobId: newId(),
    engine: 'builtin',
    kind: 'txt2img',
    parameters: { prompt: 'a canary' },
    inputs: [],
    weights: [],
    vramMb: 0,
    base: 'cpu',
    state: 'ready',
    units: 1,
    estimateMs: 1000,
    timeLimitMs: 600_000,
    tierWeight: 1,
    runningCap: null,
    gpuClasses: [],
    ...change,
  }));
  await app.nest.get(TenantTx).run({ tenantId }, (em) => app.nest.get(Tasks).createMany(em, tenantId, tasks));
  return tasks.map((task) => task.id);
}

export async function row(app: TestApp, id: string): Promise<TaskRow> {
  const [found] = await app.db.sql<TaskRow>('SELECT * FROM task WHERE id = $1', [id]);
  return found!;
}

export const taskId = (id: string): string => typeId('task', id);

export async function until<T>(what: string, look: () => Promise<T | undefined | false>, ms = 15_000): Promise<T> {
  for (const end = Date.now() + ms; ; await sleep(50)) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
  }
}

export const inState = (app: TestApp, id: string, state: string, ms?: number): Promise<TaskRow> =>
  until(
    `task is ${state}`,
    async () => {
      const found = await row(app, id);
      return found.state === state && found;
    },
    ms,
  );

export const cancel = (app: TestApp, tenantId: string, jobId: string): Promise<{ canceled: number; stopping: number }> =>
  app.nest.get(TenantTx).run({ tenantId }, (em) => app.nest.get(Tasks).cancelJob(em, tenantId, jobId));

/** Ends every box and every task, so that the next test begins with an idle fleet. */
export async function clear(app: TestApp): Promise<void> {
  for (const { id } of await app.db.sql<{ id: string }>(`SELECT id FROM box WHERE state <> 'gone'`))
    await app.nest.get(Boxes).ended(id, 'test over', { ourOutage: true });
  const open = await app.db.sql<{ tenant_id: string; job_id: string }>(
    `SELECT DISTINCT tenant_id, job_id FROM task WHERE state NOT IN ('done', 'failed', 'canceled')`,
  );
  for (const { tenant_id, job_id } of open) await cancel(app, tenant_id, job_id);
}
