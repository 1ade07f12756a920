import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Probes } from '../../src/platform/telemetry/index.js';
import { Queues } from '../../src/platform/queue/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';
import { cancel, clear, inState, row, submit, taskId, tenant, until } from './desk.js';

const TTL = 3000;
let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    ATELIER_LEASE_TTL_MS: String(TTL),
    ATELIER_HEARTBEAT_MS: '300',
    ATELIER_LONG_POLL_MS: '2000',
    ATELIER_SWEEP_MS: '200',
    ATELIER_RETRY_BACKOFF_MS: '0',
    ATELIER_LOCAL_SLOTS: '2',
  });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

/** Keeps a box alive while `during` lasts. */
async function alive<T>(boxes: FakeBox[], during: () => Promise<T>): Promise<T> {
  let over = false;
  const beating = Promise.all(
    boxes.map(async (box) => {
      while (!over) {
        await box.heartbeat().catch(() => undefined);
        await sleep(200);
      }
    }),
  );
  return during().finally(async () => {
    over = true;
    await beating;
  });
}

const laneQueue = async () => app.nest.get(Queues).lane(`lane-${(await app.db.sql<{ id: string }>('SELECT id FROM lane'))[0]!.id}`);

describe('a box that falls silent', () => {
  it('loses its task to another one; its late work is refused and its seconds are wasted, up to its last sign', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    await box.heartbeat([task]);
    const outputs = [await box.upload(task, tinyPng())];
    const back = await until('the task is back', async () => {
      const found = await row(app, id!);
      return found.box_id === null && found;
    });
    expect(back).toMatchObject({ suspect_losses: 1, failures: 0, wait_reason: 'interrupted_retrying' });
    await expect(box.complete(task, { outputs })).rejects.toMatchObject({ status: 409, code: 'superseded' });
    const [usage] = await app.db.sql<{ outcome: string; load_ms: string; work_ms: string; wasted_ms: string; cost_micros: string }>(
      'SELECT * FROM usage_attempt WHERE task_id = $1',
      [id],
    );
    expect(usage).toMatchObject({ outcome: 'lost', load_ms: '0', work_ms: '0', cost_micros: '0' });
    const [told] = await app.db.sql<{ ms: number }>(
      'SELECT (extract(epoch FROM box.last_heartbeat_at - a.leased_at) * 1000)::float8 AS ms FROM task_attempt a JOIN box ON box.id = a.box_id WHERE a.task_id = $1',
      [id],
    );
    expect(Math.abs(Number(usage!.wasted_ms) - told!.ms)).toBeLessThanOrEqual(2);
    const next = await FakeBox.start(app);
    const again = await next.leaseOne();
    expect(again).toMatchObject({ taskId: taskId(id!), attempt: 2 });
    await next.finish(again);
    expect((await row(app, id!)).state).toBe('done');
  });

  it('is taken back when it speaks again, without its old tasks', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    await until('the box is lost', async () => (await app.db.sql('SELECT 1 FROM box WHERE state = $1', ['lost'])).length > 0);
    await expect(box.heartbeat([task])).resolves.toMatchObject({ tasks: [{ verdict: 'superseded' }], drain: false });
    const again = await box.leaseOne();
    expect(again).toMatchObject({ taskId: taskId(id!), attempt: 2 });
    await box.finish(again);
  });

  it('three times over, on three boxes, makes the task poison', async () => {
    const [id] = await submit(app, tenant());
    for (let i = 1; i <= 3; i++) {
      const box = await FakeBox.start(app);
      await box.leaseOne();
      await until(`loss ${i}`, async () => (await row(app, id!)).suspect_losses === i);
    }
    expect(await row(app, id!)).toMatchObject({ state: 'failed', error: { code: 'poison_task' }, failures: 0 });
  });

  it('ends a cancelled task with its lease', async () => {
    const box = await FakeBox.start(app);
    const t = tenant();
    const [id] = await submit(app, t);
    await box.leaseOne();
    const [{ job_id }] = (await app.db.sql<{ job_id: string }>('SELECT job_id FROM task WHERE id = $1', [id])) as [{ job_id: string }];
    await cancel(app, t, job_id);
    expect((await row(app, id!)).state).toBe('stopping');
    await inState(app, id!, 'canceled');
  });
});

describe('a living box', () => {
  it('keeps its task for as long as it beats, whatever the time', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    for (let i = 0; i < 12; i++) {
      await box.heartbeat([task]);
      await sleep(TTL / 5);
    }
    expect(await row(app, id!)).toMatchObject({ state: 'running', attempt: 1 });
    await box.finish(task);
  });

  it('that forgets a task gives it back: nobody is blamed', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    await box.leaseOne();
    await alive([box], () => until('the task is back', async () => (await row(app, id!)).box_id === null));
    expect(await row(app, id!)).toMatchObject({ suspect_losses: 0, failures: 0 });
  });

  it('is told to stop past the time limit; that counts as a failure of the task', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant(), 1, { timeLimitMs: 300 });
    const task = await box.leaseOne();
    await sleep(400);
    await expect(box.heartbeat([task])).resolves.toMatchObject({ tasks: [{ verdict: 'stop' }] });
    await box.complete(task, { outcome: 'stopped' });
    expect(await row(app, id!)).toMatchObject({ failures: 1 });
  });
});

describe('losing what only hastens', () => {
  it('every ticket: the tasks run all the same', async () => {
    const ids = await submit(app, tenant(), 4);
    await until('tickets are out', async () => (await (await laneQueue()).count()) > 0);
    await (await laneQueue()).drainAll();
    const box = await FakeBox.start(app);
    await alive([box], async () => {
      for (let i = 0; i < 4; i++)
        await until('a task comes', async () => {
          const [task] = (await box.lease()).tasks;
          return task && box.finish(task);
        });
    });
    for (const id of ids) await inState(app, id, 'done');
  });

  it('a ticket that somebody took and died with', async () => {
    const [id] = await submit(app, tenant());
    const queue = await laneQueue();
    await until('the ticket is taken', () => queue.take(`${id}_1`));
    const box = await FakeBox.start(app);
    await alive([box], async () => box.finish(await until('the task comes', async () => (await box.lease()).tasks[0])));
    expect((await row(app, id!)).state).toBe('done');
  });

  it('every wake-up: rows that nobody spoke of are found', async () => {
    const [id] = await submit(app, tenant(), 1, { state: 'blocked' });
    await app.db.sql(`UPDATE task SET state = 'ready', ready_at = now() WHERE id = $1`, [id]);
    const box = await FakeBox.start(app);
    const task = await until('the task comes', async () => (await box.lease()).tasks[0]);
    expect(task.taskId).toBe(taskId(id!));
    await box.finish(task);
  });
});

describe('the books', () => {
  it('hold after all of this: seconds of every box sum to its life, no fence was broken, no attempt is open without a box', async () => {
    const boxes = [await FakeBox.start(app), await FakeBox.start(app)];
    await submit(app, tenant(), 10);
    let done = 0;
    const serve = async (box: FakeBox): Promise<void> => {
      while (done < 10) {
        const [task] = (await box.lease()).tasks;
        if (!task) continue;
        await sleep(Math.random() * 60);
        // On a busy machine a lease may run out meanwhile; the task then comes again, and the books hold all the same.
        const handIn = async () => box.complete(task, { outputs: [await box.upload(task, tinyPng())], meter: { loadMs: 5, workMs: 20 } });
        if (await handIn().catch(() => undefined)) done++;
      }
    };
    await alive(boxes, () => Promise.all(boxes.flatMap((box) => [box, box]).map(serve)));
    const { data } = (await app.api(app.operator.token).get('/fleet/boxes').expect(200)).body as {
      data: { seconds: Record<string, number> & { lifetime: number } }[];
    };
    expect(data.length).toBeGreaterThan(5);
    for (const { seconds } of data) {
      const { lifetime, ...parts } = seconds;
      expect(Math.abs(Object.values(parts).reduce((a, b) => a + b, 0) - lifetime)).toBeLessThanOrEqual(0.01 * lifetime + 0.005);
    }
    const broken = (await app.nest.get(Probes).invariants()).filter(({ name, violations }) => violations.length > 0 && /fleet|I7/.test(name));
    expect(broken).toEqual([]);
  });
});
