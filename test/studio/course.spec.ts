import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobEvent } from '@atelier/contracts';
import { systemCtx } from '../../src/platform/context/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { Jobs, JobProgress, JobSweeps, JOB_INVARIANTS } from '../../src/studio/jobs/index.js';
import { SystemTx } from '../../src/platform/database/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { FleetRows, type TaskEnd } from './fleet-rows.js';

let app: TestApp;
let anna: Person;
let fleet: FleetRows;

const input: TaskEnd = { state: 'failed', error: { class: 'input', code: 'unreadable_image', message: 'The picture cannot be read.' }, stepsDone: 5 };
const ours: TaskEnd = { state: 'failed', error: { class: 'task', code: 'poison_task', message: 'Three boxes died.' }, stepsDone: 19 };
const done: TaskEnd = { state: 'done' };

const submit = async (body: object = {}): Promise<string> => {
  const answer = await app
    .api(anna.token)
    .post('/generate/txt2img')
    .send({ prompt: 'a lighthouse', seed: 7, ...body });
  expect(answer.status).toBe(202);
  return answer.body.id as string;
};
const job = async (id: string) => (await app.api(anna.token).get(`/jobs/${id}`)).body;
const cancel = (id: string) => app.api(anna.token).delete(`/jobs/${id}`);
const credits = async (): Promise<{ available: string; held: string }> => (await app.api(anna.token).get('/billing/credits')).body;
const events = (id: string): Promise<JobEvent[]> =>
  app.nest.get(Jobs, { strict: false }).eventsAfter(systemCtx(parseId('tnt', anna.tenantId), 'test'), parseId('job', id), 0, 1000);
const history = async (id: string): Promise<string[]> => (await events(id)).map((event) => (event.type === 'status' ? event.data.status : event.type));
/** Ends the tasks of a job as told, in order, and lets studio look once. */
const finish = async (id: string, ...ends: TaskEnd[]): Promise<void> => {
  const tasks = await fleet.tasks(id);
  for (const [i, end] of ends.entries()) {
    await fleet.onBox(tasks[i]!, 'running');
    await fleet.ended(tasks[i]!, end);
  }
  await fleet.look(id);
};

beforeAll(async () => {
  app = await startApp();
});
beforeEach(async () => {
  anna = await app.register('Anna');
  await app.setPlan(anna.tenantId, 'pro');
  fleet = new FleetRows(app, anna);
});
afterAll(() => app?.close());

describe('a job that is done', () => {
  it('has its pictures, is charged the listed price, and holds nothing any more', async () => {
    const id = await submit({ batchSize: 2 });
    const [first, second] = await fleet.tasks(id);
    await fleet.onBox(first!, 'leased');
    await fleet.look(id);
    expect(await job(id)).toMatchObject({ status: 'starting', outputs: [] });
    await fleet.onBox(first!, 'running');
    await fleet.look(id);
    await fleet.ended(first!, done);
    await fleet.look(id);
    expect(await job(id)).toMatchObject({ status: 'processing', progress: 0.5, outputs: [], credits: { held: '2', charged: '0' } });
    await fleet.onBox(second!, 'running');
    await fleet.ended(second!, done);
    await fleet.look(id);
    const ended = await job(id);
    expect(ended).toMatchObject({
      status: 'succeeded',
      progress: 1,
      credits: { held: '0', charged: '2' },
      simulated: true,
      outputs: [{ type: 'image', width: 512, height: 512 }, {}],
    });
    expect(Date.parse(ended.finishedAt)).toBeGreaterThanOrEqual(Date.parse(ended.startedAt));
    expect(ended).not.toHaveProperty('failedOutputs');
    expect(await credits()).toMatchObject({ available: '4998', held: '0' });
    expect(await history(id)).toEqual(['queued', 'billing', 'starting', 'processing', 'billing', 'complete', 'succeeded']);
  });

  it('gives each picture the parameters it was made with, its own seed among them', async () => {
    const id = await submit({ batchSize: 2 });
    await finish(id, done, done);
    const { outputs } = await job(id);
    const assets = await Promise.all(outputs.map(async ({ assetId }: { assetId: string }) => (await app.api(anna.token).get(`/assets/${assetId}`)).body));
    expect(assets.map((asset) => asset.parameters)).toMatchObject([{ operation: 'txt2img', seed: 7, prompt: 'a lighthouse' }, { seed: 8 }]);
    expect(assets[0]).toMatchObject({ jobId: id, simulated: true, cost: { jobCharged: '2', outputs: 2, share: '1' } });
  });

  it('is ended once, however often and however late anybody looks', async () => {
    const id = await submit();
    await finish(id, done);
    const before = [await job(id), await credits(), await events(id)];
    await Promise.all([fleet.look(id), fleet.look(id), app.nest.get(JobSweeps, { strict: false }).advanceLeftBehind(), cancel(id)]);
    expect([await job(id), await credits(), await events(id)]).toEqual(before);
  });

  it('is found by the sweep when all news was lost, with a history without gaps', async () => {
    const id = await submit();
    const [task] = await fleet.tasks(id);
    await fleet.onBox(task!, 'running');
    await fleet.ended(task!, done);
    await app.db.sql(`UPDATE job SET created_at = now() - interval '1 minute' WHERE id = $1`, [parseId('job', id)]);
    await app.nest.get(JobSweeps, { strict: false }).advanceNeverBegun();
    expect(await job(id)).toMatchObject({ status: 'succeeded' });
    expect(await history(id)).toEqual(['queued', 'billing', 'starting', 'processing', 'billing', 'complete', 'succeeded']);
  });

  it('forgets a picture that was deleted since', async () => {
    const id = await submit({ batchSize: 2 });
    await finish(id, done, done);
    const { outputs } = await job(id);
    expect((await app.api(anna.token).delete(`/assets/${outputs[0].assetId}`)).status).toBe(204);
    expect((await job(id)).outputs).toEqual([outputs[1]]);
    expect((await app.api(anna.token).get(`/jobs/${id}/outputs`)).body).toEqual({ status: 'succeeded', outputs: [outputs[1]], failedOutputs: [] });
  });
});

describe('who pays when', () => {
  it('a batch with at least one picture succeeds and pays for what was delivered', async () => {
    const id = await submit({ batchSize: 4 });
    await finish(id, done, ours, input, done);
    expect(await job(id)).toMatchObject({
      status: 'succeeded',
      credits: { charged: '2' },
      outputs: [{}, {}],
      failedOutputs: [
        { index: 1, code: 'poison_task' },
        { index: 2, code: 'unreadable_image', message: 'The picture cannot be read.' },
      ],
    });
    expect(await credits()).toMatchObject({ available: '4998', held: '0' });
  });

  it('a job that fails by our fault costs nothing, and its log says so', async () => {
    const id = await submit();
    await finish(id, ours);
    expect(await job(id)).toMatchObject({ status: 'failed', credits: { held: '0', charged: '0' }, error: { code: 'poison_task' }, outputs: [] });
    expect(await credits()).toMatchObject({ available: '5000', held: '0' });
    const { entries } = (await app.api(anna.token).get(`/jobs/${id}/log`)).body;
    expect(entries.map((entry: { event: string }) => entry.event)).toEqual(['queued', 'held', 'starting', 'started', 'returned', 'failed']);
    expect(entries.at(-1).message).toContain('Our fault: nothing.');
  });

  it('a job that fails by its input costs the share of the work that was done', async () => {
    const id = await submit({ width: 1024, height: 1024 });
    await finish(id, input);
    expect(await job(id)).toMatchObject({ status: 'failed', credits: { charged: '1' }, error: { code: 'unreadable_image' } });
  });

  it('is explained from what was stored, the same however often it is asked', async () => {
    const id = await submit({ batchSize: 2 });
    await finish(id, done, ours);
    const explain = async () => (await app.api(anna.token).get(`/jobs/${id}/explain`)).body;
    const first = await explain();
    expect(first).toMatchObject({
      quote: { priceListVersion: 1, credits: '2' },
      hold: { state: 'settled', amount: '2', charged: '1' },
      credits: { held: '0', charged: '1' },
      rule: 'A part was delivered: the listed price of what was delivered.',
    });
    expect(first.entries.length).toBeGreaterThan(0);
    expect(await explain()).toEqual(first);
  });
});

describe('a cancel', () => {
  it('before anything began ends the job at once and costs nothing', async () => {
    const id = await submit({ batchSize: 3 });
    const answer = await cancel(id);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'canceled', cancelRequested: true, credits: { held: '0', charged: '0' } });
    expect(await credits()).toMatchObject({ available: '5000', held: '0' });
    expect((await history(id)).at(-1)).toBe('canceled');
  });

  it('while running asks the box to stop; what was finished is delivered and paid, the picture cut short is not', async () => {
    const id = await submit({ batchSize: 4 });
    const [first, second] = await fleet.tasks(id);
    await fleet.onBox(first!, 'running');
    await fleet.ended(first!, done);
    await fleet.onBox(second!, 'running');
    await fleet.look(id);
    const answer = await cancel(id);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'processing', cancelRequested: true });
    expect((await cancel(id)).status).toBe(202);
    await fleet.ended(second!, { state: 'canceled', stepsDone: 12 });
    await fleet.look(id);
    expect(await job(id)).toMatchObject({ status: 'canceled', cancelRequested: true, credits: { held: '0', charged: '1' }, outputs: [{}] });
    expect(await credits()).toMatchObject({ available: '4999', held: '0' });
  });

  it('that finds everything done lets the job succeed, and answers 200', async () => {
    const id = await submit();
    const [task] = await fleet.tasks(id);
    await fleet.onBox(task!, 'running');
    await fleet.ended(task!, done);
    const answer = await cancel(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'succeeded', cancelRequested: false, credits: { charged: '1' } });
  });

  it('that comes too late on the box lets the finished picture count', async () => {
    const id = await submit();
    const [task] = await fleet.tasks(id);
    await fleet.onBox(task!, 'running');
    await cancel(id);
    await fleet.ended(task!, done);
    await fleet.look(id);
    expect(await job(id)).toMatchObject({ status: 'succeeded', credits: { charged: '1' } });
  });

  it.each([
    ['done', done, 'succeeded'],
    ['failed', ours, 'failed'],
  ] as const)('of a job that is %s changes nothing and answers 200', async (_, end, status) => {
    const id = await submit();
    await finish(id, end);
    const before = await job(id);
    const answer = await cancel(id);
    expect([answer.status, answer.body]).toEqual([200, before]);
    expect(answer.body.status).toBe(status);
  });
});

describe('a job that is interrupted', () => {
  it('stays where it was, says why it waits, and goes on', async () => {
    const id = await submit();
    const [task] = await fleet.tasks(id);
    await fleet.onBox(task!, 'running');
    await fleet.look(id);
    await fleet.interrupted(task!);
    await fleet.look(id);
    expect(await job(id)).toMatchObject({ status: 'processing', reason: 'interrupted_retrying' });
    await fleet.look(id);
    await fleet.onBox(task!, 'running');
    await fleet.look(id);
    expect(await job(id)).not.toHaveProperty('reason');
    const { entries } = (await app.api(anna.token).get(`/jobs/${id}/log`)).body;
    expect(entries.map((entry: { event: string }) => entry.event)).toEqual(['queued', 'held', 'starting', 'started', 'interrupted']);
  });
});

describe('progress', () => {
  const tell = (id: string, step: number, preview?: string) =>
    app.nest
      .get(JobProgress, { strict: false })
      .progress(
        { tenantId: parseId('tnt', anna.tenantId), jobId: parseId('job', id), taskId: '', attempt: 1 },
        { step, totalSteps: 20, stage: 'sampling', state: 'running' },
        preview ? { step, dataUrl: preview } : undefined,
      );

  it('is stored at most twice a second, with its preview, numbered without gaps, and moves the job', async () => {
    const id = await submit({ batchSize: 2 });
    const [task] = await fleet.tasks(id);
    await fleet.onBox(task!, 'running');
    await Promise.all([1, 2, 3, 4].map((step) => tell(id, step, 'data:image/jpeg;base64,AA==')));
    await new Promise((resolve) => setTimeout(resolve, 550));
    await tell(id, 10);
    const stored = await events(id);
    expect(stored.map((event) => event.id)).toEqual(stored.map((_, i) => i + 1));
    expect(stored.map((event) => event.type)).toEqual(['status', 'billing', 'progress', 'preview', 'status', 'status', 'progress']);
    expect(stored.at(-1)!.data).toMatchObject({ jobId: id, step: 10, totalSteps: 40, progress: 0.25, stage: 'sampling', message: 'sampling, 0 of 2 done' });
    expect(await job(id)).toMatchObject({ status: 'processing', stage: 'sampling', progress: 0.25 });
  });

  it('of a job that has ended is not heard', async () => {
    const id = await submit();
    await finish(id, done);
    const before = await events(id);
    await tell(id, 3);
    expect(await events(id)).toEqual(before);
  });
});

describe('who sees what', () => {
  let ben: Person;
  const asBen = () => app.api(ben.token).set('x-tenant', anna.tenantId);
  const enter = (role: string) =>
    app.db.sql(`INSERT INTO membership (tenant_id, user_id, role, status) VALUES ($1, $2, $3, 'active')`, [
      parseId('tnt', anna.tenantId),
      parseId('usr', ben.userId),
      role,
    ]);

  beforeEach(async () => {
    ben = await app.register('Ben');
  });

  it('a member sees what is shared with the tenant, and nothing private of others: 404 on every path', async () => {
    await enter('member');
    const [hidden, shared] = [await submit(), await submit({ visibility: 'tenant' })];
    for (const path of ['', '/status', '/outputs', '/log', '/explain', '/events']) expect((await asBen().get(`/jobs/${hidden}${path}`)).status, path).toBe(404);
    expect((await asBen().delete(`/jobs/${hidden}`)).status).toBe(404);
    expect((await asBen().get(`/jobs/${shared}`)).body).toMatchObject({ id: shared, parameters: { prompt: 'a lighthouse' } });
    expect((await asBen().delete(`/jobs/${shared}`)).status).toBe(403);
    expect((await asBen().get('/jobs')).body.data.map((seen: { id: string }) => seen.id)).toEqual([shared]);
    expect((await asBen().get('/jobs?scope=mine')).body.data).toEqual([]);
    expect((await asBen().get(`/users/${anna.userId}/generations`)).body.data).toHaveLength(1);
  });

  it('an admin sees all in lists without content, and content one by one, each time in the audit log', async () => {
    await enter('admin');
    const id = await submit();
    const listed = (await asBen().get('/jobs?scope=tenant')).body.data[0];
    expect(listed).toMatchObject({ id, parameters: null, outputs: [], credits: { held: '1' } });
    expect((await asBen().get(`/jobs/${id}`)).body).toMatchObject({ parameters: { prompt: 'a lighthouse' } });
    const audit = (await app.api(anna.token).get('/tenant/audit?action=job.read')).body.data;
    expect(audit).toMatchObject([{ action: 'job.read', target: id, actor: { userId: ben.userId } }]);
    expect((await asBen().delete(`/jobs/${id}`)).status).toBe(202);
  });

  it('another tenant sees nothing at all', async () => {
    const id = await submit({ visibility: 'community' });
    for (const path of ['', '/status', '/outputs', '/log', '/explain']) expect((await app.api(ben.token).get(`/jobs/${id}${path}`)).status, path).toBe(404);
    expect((await app.api(ben.token).delete(`/jobs/${id}`)).status).toBe(404);
    expect((await app.api(ben.token).get('/jobs')).body.data).toEqual([]);
    expect((await app.api(ben.token).get(`/users/${anna.userId}/generations`)).status).toBe(404);
  });

  it('pages through jobs newest first, by status', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await submit());
    await cancel(ids[0]!);
    const first = (await app.api(anna.token).get('/jobs?limit=3')).body;
    const second = (await app.api(anna.token).get(`/jobs?limit=3&cursor=${first.nextCursor}`)).body;
    expect([...first.data, ...second.data].map((seen) => seen.id)).toEqual(ids);
    expect([first.hasMore, second.hasMore, second.nextCursor]).toEqual([true, false, null]);
    expect((await app.api(anna.token).get('/jobs?status=canceled,failed')).body.data.map((seen: { id: string }) => seen.id)).toEqual([ids[0]]);
    expect((await app.api(anna.token).get('/jobs/history')).body.data).toHaveLength(1);
    expect((await app.api(anna.token).get('/jobs?status=gone')).status).toBe(422);
  });
});

it('waits for the end on request, and answers 200 with it', async () => {
  const submitted = app.api(anna.token).post('/generate/txt2img').set('prefer', 'wait=20').send({ prompt: 'a cat' });
  const answered = submitted.then((answer) => answer);
  await expect.poll(async () => (await app.api(anna.token).get('/jobs')).body.data.length).toBe(1);
  const id = (await app.api(anna.token).get('/jobs')).body.data[0].id as string;
  await finish(id, done);
  const answer = await answered;
  expect([answer.status, answer.headers['preference-applied'], answer.body.status]).toEqual([200, 'wait=20', 'succeeded']);
  const late = await app.api(anna.token).post('/generate/txt2img').set('prefer', 'wait=1').send({ prompt: 'a cat' });
  expect([late.status, late.body.status]).toEqual([202, 'queued']);
});

it('progress of jobs that ended an hour ago is purged; what happened and what it cost stays', async () => {
  const id = await submit();
  await app.nest
    .get(JobProgress, { strict: false })
    .progress(
      { tenantId: parseId('tnt', anna.tenantId), jobId: parseId('job', id), taskId: '', attempt: 1 },
      { step: 1, totalSteps: 2, stage: 'sampling', state: 'running' },
    );
  await finish(id, done);
  expect(await history(id)).toContain('progress');
  await app.db.sql(`UPDATE job SET finished_at = finished_at - interval '61 minutes' WHERE id = $1`, [parseId('job', id)]);
  await app.nest.get(JobSweeps, { strict: false }).purge();
  expect(await history(id)).toEqual(['queued', 'billing', 'starting', 'processing', 'billing', 'complete', 'succeeded']);
});

it('after all of this no invariant of jobs is broken', async () => {
  for (const { name, sql } of JOB_INVARIANTS) expect(await app.nest.get(SystemTx).run('test', sql), name).toEqual([]);
});
