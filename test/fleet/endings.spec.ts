import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';
import { cancel, clear, row, submit, taskId, tenant } from './desk.js';

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

describe('the counters', () => {
  it('a fault of the input is final at once', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    await box.fail(await box.leaseOne(), 'input', 'unreadable_image');
    expect(await row(app, id!)).toMatchObject({ state: 'failed', failures: 0, error: { code: 'unreadable_image' } });
  });

  it('an error of the task is tried three times, then final; three tasks failing in a row quarantine the box', async () => {
    let box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    for (let attempt = 1; attempt <= 3; attempt++) {
      const task = await box.leaseOne();
      expect(task.attempt).toBe(attempt);
      await box.fail(task, 'task');
    }
    expect(await row(app, id!)).toMatchObject({ state: 'failed', failures: 3, attempt: 3, error: { code: 'engine_crash' } });
    await submit(app, tenant(), 2, {});
    for (let i = 0; i < 2; i++) await box.fail(await box.leaseOne(), 'task');
    await expect(box.heartbeat()).resolves.toMatchObject({ drain: true });
    await expect(box.lease()).resolves.toEqual({ tasks: [], drain: true });
    box = await FakeBox.start(app);
    for (let i = 0; i < 2; i++) await box.finish(await box.leaseOne());
  });

  it('a file that a tenant brought is the tenant’s doing: it ends at once when it takes too much memory, and its failures say nothing of the box', async () => {
    const box = await FakeBox.start(app);
    const file = {
      digest: 'a'.repeat(64),
      key: 'weights/a',
      bytes: 1,
      vramMb: 1,
      role: 'checkpoint',
      name: 'a',
      format: 'safetensors',
      passport: 'none',
    } as const;
    const [id] = await submit(app, tenant(), 1, { weights: [{ ...file, ofTenant: true }] });
    await box.fail(await box.leaseOne(), 'task', 'out_of_memory');
    expect(await row(app, id!)).toMatchObject({ state: 'failed', failures: 0, error: { code: 'out_of_memory', class: 'input' } });
    await submit(app, tenant(), 4, { weights: [{ ...file, ofTenant: true }] });
    for (let i = 0; i < 4; i++) await box.fail(await box.leaseOne(), 'task', 'weights_missing');
    await expect(box.heartbeat()).resolves.toMatchObject({ drain: false });
  });

  it('a task given back counts in none, keeps its place and runs under a new attempt', async () => {
    const box = await FakeBox.start(app);
    const [id] = await submit(app, tenant());
    const task = await box.leaseOne();
    const { tag } = await row(app, id!);
    await submit(app, tenant(), 3);
    await expect(box.release([task], { reason: 'spot_notice' })).resolves.toEqual({ released: [task.taskId] });
    await expect(box.heartbeat([task])).resolves.toMatchObject({ tasks: [{ verdict: 'superseded' }], drain: true });
    await expect(box.complete(task, { outcome: 'stopped' })).rejects.toMatchObject(refusal(409, 'superseded'));
    await box.release([], { final: true });
    const other = await FakeBox.start(app);
    const again: string[] = [];
    for (let i = 0; i < 4; i++) {
      const next = await other.leaseOne();
      again.push(`${next.taskId}/${next.attempt}`);
      await other.finish(next);
    }
    expect(again).toContain(`${taskId(id!)}/2`);
    expect(await row(app, id!)).toMatchObject({ state: 'done', failures: 0, suspect_losses: 0, tag });
  });
});

describe('cancelling a job', () => {
  it('ends at once what waits and what has a ticket', async () => {
    const t = tenant();
    const jobId = newId();
    const ids = await submit(app, t, 5, { jobId });
    await expect(cancel(app, t, jobId)).resolves.toEqual({ canceled: 5, stopping: 0 });
    for (const id of ids) expect((await row(app, id)).state).toBe('canceled');
    const box = await FakeBox.start(app);
    expect((await box.lease()).tasks).toEqual([]);
  });

  it('stops what runs: the box hears it at its next heartbeat and its report ends it', async () => {
    const box = await FakeBox.start(app);
    const t = tenant();
    const jobId = newId();
    const [id] = await submit(app, t, 1, { jobId });
    const task = await box.leaseOne();
    await box.heartbeat([task]);
    await expect(cancel(app, t, jobId)).resolves.toEqual({ canceled: 0, stopping: 1 });
    await expect(box.heartbeat([task])).resolves.toMatchObject({ tasks: [{ verdict: 'stop' }] });
    await box.complete(task, { outcome: 'stopped', meter: { loadMs: 0, workMs: 5 } });
    expect((await row(app, id!)).state).toBe('canceled');
  });

  it('does not throw finished work away', async () => {
    const box = await FakeBox.start(app);
    const t = tenant();
    const jobId = newId();
    const [id] = await submit(app, t, 1, { jobId });
    const task = await box.leaseOne();
    const outputs = [await box.upload(task, tinyPng())];
    await cancel(app, t, jobId);
    await box.complete(task, { outputs });
    expect((await row(app, id!)).state).toBe('done');
  });

  it('of another tenant changes nothing', async () => {
    const t = tenant();
    const jobId = newId();
    const [id] = await submit(app, t, 1, { jobId });
    await expect(cancel(app, tenant(), jobId)).resolves.toEqual({ canceled: 0, stopping: 0 });
    expect(['ready', 'queued']).toContain((await row(app, id!)).state);
    await cancel(app, t, jobId);
  });
});
