import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids/index.js';
import { EventConsumers } from '../../src/platform/outbox/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';
import { clear, inState, row, submit, taskId, tenant, until } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    ATELIER_LEASE_TTL_MS: '60000',
    ATELIER_HEARTBEAT_MS: '500',
    ATELIER_LONG_POLL_MS: '3000',
    ATELIER_RETRY_BACKOFF_MS: '100',
    ATELIER_SWEEP_MS: '300',
    ATELIER_LOCAL_SLOTS: '2',
  });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

const refusal = (status: number, code: string): object => ({ status, code });

describe('without a valid box token', () => {
  it('nothing of the protocol answers', async () => {
    const box = await FakeBox.launch(app);
    for (const token of ['', 'x'.repeat(43), app.operator.token]) {
      box.token = token;
      for (const call of [() => box.lease(), () => box.heartbeat(), () => box.complete({ taskId: taskId(newId()), attempt: 1 }), () => box.release([])])
        await expect(call()).rejects.toMatchObject(refusal(401, 'box_unknown'));
    }
  });

  it('ends with the box', async () => {
    const box = await FakeBox.start(app);
    await box.release([], { final: true });
    await expect(box.heartbeat()).rejects.toMatchObject(refusal(401, 'box_unknown'));
  });

  it('and every fault of a bad body is named at once', async () => {
    const box = await FakeBox.start(app);
    const faults = await box
      .heartbeat([], { gpu: { vramUsedMb: -1, utilisation: 7, xid: null }, loaded: 'no' as never })
      .catch((error: { text: string }) => JSON.parse(error.text) as { errors: unknown[] });
    expect((faults as { errors: unknown[] }).errors.length).toBeGreaterThanOrEqual(3);
  });
});

describe('a task walks', () => {
  it('from submission to done: leased, running, uploaded, completed, metered', async () => {
    const box = await FakeBox.start(app);
    const t = tenant();
    const [id] = await submit(app, t);
    const task = await box.leaseOne();
    expect(task).toMatchObject({ taskId: taskId(id!), attempt: 1, kind: 'txt2img', parameters: { prompt: 'a canary' } });
    expect(await row(app, id!)).toMatchObject({ state: 'leased', attempt: 1 });
    await expect(box.heartbeat([task])).resolves.toMatchObject({ tasks: [{ verdict: 'continue' }], drain: false });
    expect((await row(app, id!)).state).toBe('running');
    await expect(box.finish(task)).resolves.toEqual({ accepted: true, replayed: false });
    const done = await row(app, id!);
    expect(done).toMatchObject({ state: 'done', error: null });
    expect(done.outputs[0]!.key).toMatch(new RegExp(`^t/${t}/out/${id}/1/image-[0-9a-f]{64}\\.png$`));
    const [usage] = await app.db.sql<{ outcome: string; share_ppm: number }>('SELECT * FROM usage_attempt WHERE task_id = $1', [id]);
    expect(usage).toMatchObject({ outcome: 'done', share_ppm: 1_000_000 });
  });

  it('at once to a box that waits: a long poll is woken by the submission', async () => {
    const box = await FakeBox.start(app);
    const polling = box.lease();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const started = performance.now();
    await submit(app, tenant());
    const { tasks } = await polling;
    expect(tasks).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(500);
    await box.finish(tasks[0]!);
  });

  it('with signed addresses of its inputs, and no key, tenant or path', async () => {
    const box = await FakeBox.start(app);
    const input = { name: 'image', key: `t/${tenant()}/asset/${newId()}`, sha256: 'a'.repeat(64), bytes: 5, contentType: 'image/png' };
    await submit(app, tenant(), 1, { inputs: [input] });
    const task = await box.leaseOne();
    expect(task.inputs).toEqual([{ name: 'image', sha256: input.sha256, bytes: 5, contentType: 'image/png', url: expect.stringContaining('http') as string }]);
    await box.fail(task, 'input');
  });

  it('and its events tell the rooms above', async () => {
    const told: string[] = [];
    const consumers = app.nest.get(EventConsumers);
    for (const topic of ['task.started', 'task.returned', 'task.finished'] as const)
      consumers.on(topic, `test:${topic}`, async ({ payload }) => void told.push(`${topic} ${payload.taskId}`));
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    await box.heartbeat([task]);
    await box.heartbeat([task]);
    await box.finish(task);
    await until('the news arrives', async () => told.includes(`task.finished ${id}`));
    expect(told.filter((news) => news.endsWith(id!)).sort()).toEqual([`task.finished ${id}`, `task.started ${id}`]);
  });
});

describe('a lease', () => {
  it('is idempotent on the request id of the box', async () => {
    const box = await FakeBox.start(app);
    await submit(app, tenant(), 2);
    const requestId = randomUUID();
    const first = await box.lease({ requestId });
    const again = await box.lease({ requestId });
    expect(again.tasks.map((task) => [task.taskId, task.attempt])).toEqual(first.tasks.map((task) => [task.taskId, task.attempt]));
    await box.finish(first.tasks[0]!);
    await box.finish(await box.leaseOne());
  });

  it('goes to one box only, however many ask', async () => {
    const boxes = await Promise.all([1, 2, 3].map(() => FakeBox.start(app)));
    const ids = await submit(app, tenant(), 12);
    const seen: string[] = [];
    await Promise.all(
      boxes.map(async (box) => {
        for (let answer = await box.lease(); answer.tasks.length > 0; answer = await box.lease()) {
          seen.push(answer.tasks[0]!.taskId);
          await box.finish(answer.tasks[0]!);
        }
      }),
    );
    expect(seen.sort()).toEqual(ids.map(taskId).sort());
  });

  it('never exceeds the slots of the box, whatever it claims to have free', async () => {
    const box = await FakeBox.start(app);
    await submit(app, tenant(), 5);
    const { tasks } = await box.lease({ free: { slots: 64, vramMb: 0 } });
    expect(tasks.length).toBeLessThanOrEqual(2);
    const more = await until('both slots are taken', async () => {
      const { tasks: rest } = tasks.length < 2 ? await box.lease({ free: { slots: 64, vramMb: 0 } }) : { tasks: [] };
      return [...tasks, ...rest];
    });
    expect(more).toHaveLength(2);
    expect((await box.lease({ free: { slots: 64, vramMb: 0 } })).tasks).toEqual([]);
    for (const task of more) await box.finish(task);
    for (let i = 0; i < 3; i++) await box.finish(await box.leaseOne());
  });

  it('that nobody hears is taken back at once', async () => {
    const box = await FakeBox.start(app);
    const hangUp = new AbortController();
    const polling = box.lease({}, hangUp.signal).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    hangUp.abort();
    await polling;
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    expect(task.taskId).toBe(taskId(id!));
    await box.finish(task);
  });
});

describe('a completion', () => {
  it('is recorded once: the same again is a replay, another one is superseded', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    const outputs = [await box.upload(task, tinyPng())];
    await expect(box.complete(task, { outputs })).resolves.toEqual({ accepted: true, replayed: false });
    await expect(box.complete(task, { outputs, meter: { loadMs: 0, workMs: 99 } })).resolves.toEqual({ accepted: true, replayed: true });
    await expect(box.fail(task, 'task')).rejects.toMatchObject(refusal(409, 'superseded'));
    expect(await app.db.sql('SELECT 1 FROM usage_attempt WHERE task_id = $1', [id])).toHaveLength(1);
  });

  it('is checked against storage: nothing stored, other bytes, or another attempt’s key are refused', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    const announced = {
      slot: 'image',
      key: `t/x/out/${id}/1/image-${'a'.repeat(64)}.png`,
      sha256: 'a'.repeat(64),
      bytes: 3,
      contentType: 'image/png',
      width: 1,
      height: 1,
      metadata: {},
    };
    await expect(box.complete(task, { outputs: [announced] })).rejects.toMatchObject(refusal(422, 'output_mismatch'));
    const { key } = await box.grant(task, tinyPng());
    await expect(box.complete(task, { outputs: [{ ...announced, key, sha256: key.match(/-([0-9a-f]{64})/)![1]! }] })).rejects.toMatchObject(
      refusal(422, 'output_mismatch'),
    );
    const stored = await box.upload(task, tinyPng());
    await expect(box.complete(task, { outputs: [{ ...stored, bytes: stored.bytes + 1 }] })).rejects.toMatchObject(refusal(422, 'output_mismatch'));
    expect((await row(app, id!)).state).toBe('running');
    await box.complete(task, { outputs: [stored] });
  });

  it('cannot be bought with a larger upload than this installation accepts', async () => {
    const box = await FakeBox.start(app);
    await submit(app, tenant());
    const task = await box.leaseOne();
    const wish = { slot: 'image', sha256: 'a'.repeat(64), bytes: 3_000_000_000, contentType: 'image/png' };
    await expect(box.heartbeat([{ ...task, uploads: [wish] }])).rejects.toMatchObject(refusal(413, 'output_too_large'));
    await box.finish(task);
  });

  it('is no wider or higher than any picture can be', async () => {
    const box = await FakeBox.start(app);
    await submit(app, tenant());
    const task = await box.leaseOne();
    const stored = await box.upload(task, tinyPng());
    for (const side of ['width', 'height'])
      await expect(box.complete(task, { outputs: [{ ...stored, [side]: 2_200_000_000 }] })).rejects.toMatchObject(refusal(422, 'validation_failed'));
    await box.complete(task, { outputs: [stored] });
  });

  it('claims no more seconds than there were', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    await box.complete(task, { outputs: [await box.upload(task, tinyPng())], meter: { loadMs: 50, workMs: 3_600_000 } });
    const [attempt] = await app.db.sql<{ load_ms: string; work_ms: string; wall: number }>(
      'SELECT *, extract(epoch FROM ended_at - leased_at) * 1000 AS wall FROM task_attempt WHERE task_id = $1',
      [id],
    );
    expect(Number(attempt!.load_ms) + Number(attempt!.work_ms)).toBeLessThanOrEqual(Number(attempt!.wall) + 1);
  });
});

describe("another box's task", () => {
  it('is superseded in a heartbeat, 404 in every other call, without a byte of it and without effect', async () => {
    const [mine, thief] = [await FakeBox.start(app), await FakeBox.start(app)];
    const [id] = await submit(app, tenant());
    const polled = await Promise.all([mine.lease(), thief.lease()]);
    const [owner, other] = polled[0].tasks.length > 0 ? [mine, thief] : [thief, mine];
    const task = polled[0].tasks[0] ?? polled[1].tasks[0]!;
    const before = JSON.stringify(await row(app, id!));
    for (const call of [
      () => other.complete(task, { outcome: 'stopped' }),
      () => other.release([task]),
      () => other.complete({ taskId: 'task_nonsense', attempt: 1 }, { outcome: 'stopped' }),
    ]) {
      const error = await call().then(
        () => undefined,
        (refused: { status: number; text: string }) => refused,
      );
      expect(error).toMatchObject({ status: 404 });
      expect(error!.text).not.toContain('canary');
    }
    const uploads = [{ slot: 'image', sha256: 'a'.repeat(64), bytes: 3, contentType: 'image/png' }];
    const unknown = { taskId: taskId(newId()), attempt: 1 };
    expect(await other.heartbeat([{ ...task, uploads }, unknown])).toEqual({
      tasks: [task, unknown].map(({ taskId: named, attempt }) => ({ taskId: named, attempt, verdict: 'superseded' })),
      drain: false,
    });
    expect(JSON.stringify(await row(app, id!))).toBe(before);
    await owner.finish(task);
  });
});

describe('a drained box', () => {
  it('finishes what it runs, gets nothing new, and says goodbye', async () => {
    const box = await FakeBox.start(app);
    const ids = await submit(app, tenant(), 3);
    const task = await box.leaseOne();
    await app
      .api(app.operator.token)
      .post(`/fleet/boxes/${box.boxId}/drain`)
      .expect(202)
      .expect(({ body }) => expect(body).toMatchObject({ state: 'draining' }));
    await expect(box.lease()).resolves.toEqual({ tasks: [], drain: true });
    await box.finish(task);
    await box.release([], { final: true });
    const next = await FakeBox.start(app);
    for (let i = 0; i < 2; i++) await next.finish(await next.leaseOne());
    for (const id of ids) await inState(app, id, 'done');
  });

  it('hears of it at once, while it waits', async () => {
    const box = await FakeBox.start(app);
    const polling = box.lease();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const started = performance.now();
    await app.api(app.operator.token).post(`/fleet/boxes/${box.boxId}/drain`).expect(202);
    await expect(polling).resolves.toEqual({ tasks: [], drain: true });
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
