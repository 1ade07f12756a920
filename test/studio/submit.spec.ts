import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import { Probes } from '../../src/platform/telemetry/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

let app: TestApp;
let anna: Person;

const uuid = (person: Person): string => parseId('tnt', person.tenantId);
const count = async (table: string, tenant: Person): Promise<number> =>
  Number((await app.db.sql<{ n: string }>(`SELECT count(*) AS n FROM ${table} WHERE tenant_id = $1`, [uuid(tenant)]))[0]!.n);
const rowsOf = async (tenant: Person): Promise<Record<string, number>> =>
  Object.fromEntries(
    await Promise.all(['job', 'job_event', 'task', 'hold', 'hold_allocation', 'asset_pin'].map(async (table) => [table, await count(table, tenant)] as const)),
  );
const txt2img = (person: Person, body: object = {}, headers: Record<string, string> = {}) =>
  app
    .api(person.token)
    .post('/generate/txt2img')
    .set(headers)
    .send({ prompt: 'a lighthouse in a storm', ...body });
const credits = async (person: Person): Promise<{ available: string; held: string }> => (await app.api(person.token).get('/billing/credits')).body;
const pointers = (answer: { body: { errors?: { pointer: string }[] } }): string[] => (answer.body.errors ?? []).map((fault) => fault.pointer).toSorted();
const newcomer = async (plan: string | null = 'pro'): Promise<Person> => {
  const person = await app.register('Newcomer');
  if (plan) await app.setPlan(person.tenantId, plan);
  return person;
};
const picture = async (person: Person, width = 64, height = 48): Promise<string> => {
  const file = await sharp({ create: { width, height, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  return (await app.api(person.token).post('/assets').attach('file', file, { filename: 'a.png', contentType: 'image/png' })).body.id as string;
};

beforeAll(async () => {
  app = await startApp();
});
beforeEach(async () => {
  anna = await newcomer();
});
afterAll(() => app?.close());

describe('a job that is accepted', () => {
  it('answers 202 with the job, its address, its price, and holds the price', async () => {
    const answer = await txt2img(anna, { width: 1024, height: 512, batchSize: 2 });
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/api/v1/jobs/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      operation: 'txt2img',
      status: 'queued',
      progress: 0,
      cancelRequested: false,
      visibility: 'private',
      ownerId: anna.userId,
      simulated: true,
      outputs: [],
      credits: { held: '4', charged: '0' },
      gpu: { seconds: 0, class: null, capacity: null },
      quote: { credits: '4', lines: [{ code: 'image', quantity: 2, credits: '4' }] },
      parameters: {
        prompt: 'a lighthouse in a storm',
        width: 1024,
        height: 512,
        steps: 20,
        cfgScale: 7,
        sampler: 'euler',
        scheduler: 'normal',
        batchSize: 2,
        batchCount: 1,
        model: 'builtin/placeholder',
      },
    });
    expect(answer.body.gpu).not.toHaveProperty('costMicros');
    expect(await credits(anna)).toMatchObject({ available: '4996', held: '4' });
    expect((await app.api(anna.token).get(`/jobs/${answer.body.id}`)).body).toMatchObject({ id: answer.body.id, status: 'queued' });
  });

  it('is one task per picture with the seeds that follow the first', async () => {
    const { body } = await txt2img(anna, { seed: 41, batchSize: 2, batchCount: 2 });
    const tasks = await app.db.sql<{ seed: string }>(`SELECT parameters->>'seed' AS seed FROM task WHERE job_id = $1 ORDER BY id`, [parseId('job', body.id)]);
    expect(tasks.map(({ seed }) => Number(seed))).toEqual([41, 42, 43, 44]);
  });

  it('may come by the general form, with a visibility', async () => {
    const answer = await app
      .api(anna.token)
      .post('/jobs')
      .send({ operation: 'txt2img', visibility: 'tenant', parameters: { prompt: 'a cat' } });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ visibility: 'tenant', credits: { held: '1' } });
  });

  it('on a picture keeps the picture from being deleted, and is priced by what it does', async () => {
    const image = await picture(anna);
    const answer = await app.api(anna.token).post('/generate/upscale').send({ image, factor: 2 });
    expect(answer.body).toMatchObject({ operation: 'upscale', simulated: false, credits: { held: '2' }, parameters: { image, factor: 2, style: 'photo' } });
    expect((await app.api(anna.token).delete(`/assets/${image}`)).status).toBe(409);
    expect((await app.api(anna.token).post('/visual/remove-background').send({ image, background: 'white' })).body).toMatchObject({ credits: { held: '1' } });
    expect((await app.api(anna.token).post('/generate/img2img').send({ image, prompt: 'the same in winter' })).body).toMatchObject({
      credits: { held: '1' },
      parameters: { strength: 0.75 },
    });
  });
});

describe('a request that is refused', () => {
  it('names every fault at once, with pointers into the body', async () => {
    const answer = await txt2img(anna, {
      prompt: ' ',
      width: 63,
      height: 513,
      steps: 0,
      sampler: 'magic',
      batchSize: 9,
      seed: 2 ** 32,
      image: 'x',
      model: 'nobody/nothing',
    });
    expect(answer.status).toBe(422);
    expect(new Set(pointers(answer))).toEqual(new Set(['/prompt', '/width', '/height', '/steps', '/sampler', '/batchSize', '/seed', '/image', '/model']));
    const general = await app
      .api(anna.token)
      .post('/jobs')
      .send({ operation: 'txt2img', visibility: 'everyone', parameters: { width: 7 } });
    expect(new Set(pointers(general))).toEqual(new Set(['/visibility', '/parameters/prompt', '/parameters/width']));
    expect(pointers(await app.api(anna.token).post('/jobs').send({ operation: 'teleport' }))).toEqual(['/operation', '/parameters']);
    // Agreed upon, and not offered yet: refused like any other word, and not when it is too late.
    const early = await app
      .api(anna.token)
      .post('/estimates')
      .send({ operation: 'inpaint', parameters: { prompt: 'a cat' } });
    expect([early.status, pointers(early)]).toEqual([422, ['/operation']]);
    expect((await app.api(anna.token).post('/jobs').send([])).status).toBe(422);
    expect(await count('job', anna)).toBe(0);
  });

  it.each([null, 'NaN', 1e9, 512.5, '512', {}, [512]])('takes no width of %j', async (width) => {
    expect(new Set(pointers(await txt2img(anna, { width })))).toEqual(new Set(['/width']));
  });

  it('takes no text that could not be stored, beside others that are fine', async () => {
    const [bad, half, fine] = await Promise.all([
      txt2img(anna, { prompt: 'a\0b' }),
      txt2img(anna, { prompt: 'a\ud800b' }),
      txt2img(anna, { prompt: 'a 😀 b' }),
    ]);
    expect([bad.status, half.status, fine.status]).toEqual([422, 422, 202]);
    expect(pointers(bad)).toEqual(['/prompt']);
  });

  it('knows no picture of another tenant, nor one that never was: both are the same 404', async () => {
    const image = await picture(await newcomer());
    const foreign = await app.api(anna.token).post('/generate/upscale').send({ image });
    const never = await app.api(anna.token).post('/generate/upscale').send({ image: 'ast_01h2xcejqtf2nbrexx3vqjhp41' });
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...never.body, requestId: '' });
    expect(pointers(foreign)).toEqual(['/image']);
    expect((await txt2img(anna, { teamId: 'team_01h2xcejqtf2nbrexx3vqjhp41' })).status).toBe(404);
  });

  it('names the rule of moderation that it breaks, and costs nothing', async () => {
    const before = await credits(anna);
    const answer = await txt2img(anna, { prompt: 'much v1olencé in a street' });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'content_refused', rule: 'violence', errors: [{ pointer: '/prompt' }] });
    expect(JSON.stringify(answer.body)).not.toContain('street');
    expect(await credits(anna)).toEqual(before);
    expect((await txt2img(anna, { negativePrompt: 'violence' })).status).toBe(202);
  });

  it('for a side beyond the plan says what the plan allows', async () => {
    const free = await newcomer(null);
    const answer = await txt2img(free, { width: 520, height: 512 });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'plan_required', limit: 'sideMax', planRequired: 'Standard', errors: [{ pointer: '/width' }] });
    const image = await picture(free, 256, 256);
    expect((await app.api(free.token).post('/generate/upscale').send({ image, factor: 4 })).status).toBe(403);
    expect((await app.api(free.token).post('/generate/upscale').send({ image, factor: 2 })).status).toBe(202);
  });

  it('for an upscale beyond all engines is a fault of the factor', async () => {
    const answer = await app
      .api(anna.token)
      .post('/generate/upscale')
      .send({ image: await picture(anna, 1200, 10), factor: 4 });
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toEqual(['/factor']);
  });

  it('for want of credits says what it costs and what is there, and leaves no row', async () => {
    const free = await newcomer(null);
    const answer = await txt2img(free, { batchSize: 8, batchCount: 10, steps: 60 });
    expect(answer.status).toBe(402);
    expect(answer.body).toMatchObject({ code: 'insufficient_credits', estimate: '160', available: '100', limitSource: 'wallet' });
    expect(await rowsOf(free)).toEqual({ job: 0, job_event: 0, task: 0, hold: 0, hold_allocation: 0, asset_pin: 0 });
    expect(await credits(free)).toMatchObject({ available: '100', held: '0' });
  });

  it("after the plan's generations of an hour is 429", async () => {
    const free = await newcomer(null);
    for (let i = 0; i < 10; i++) expect((await txt2img(free)).status).toBe(202);
    const answer = await txt2img(free);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('when a hundred times the running limit waits is 429, and leaves no row', async () => {
    const standard = await newcomer('standard');
    await txt2img(standard);
    const [job] = await app.db.sql<{ id: string }>(`SELECT id FROM job WHERE tenant_id = $1`, [uuid(standard)]);
    await app.db.sql(
      `INSERT INTO job (tenant_id, id, owner_id, visibility, operation, parameters, units_total, quote, held_milli, simulated)
       SELECT tenant_id, gen_random_uuid(), owner_id, visibility, operation, parameters, units_total, quote, held_milli, simulated FROM job, generate_series(1, 299) WHERE id = $1`,
      [job!.id],
    );
    const answer = await txt2img(standard);
    expect(answer.status).toBe(429);
    expect(answer.body.code).toBe('queue_full');
    expect(await count('task', standard)).toBe(1);
    await app.db.sql(`DELETE FROM job WHERE tenant_id = $1 AND id <> $2`, [uuid(standard), job!.id]);
  });
});

describe('an Idempotency-Key', () => {
  const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });

  it('answers the same job word for word, however far the job is by then, and charges once', async () => {
    const headers = key();
    const first = await txt2img(anna, { seed: 1 }, headers);
    await app.api(anna.token).delete(`/jobs/${first.body.id}`);
    const again = await txt2img(anna, { seed: 1 }, headers);
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([202, 'true']);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(again.body).toEqual(first.body);
    expect(await count('job', anna)).toBe(1);
  });

  it('is refused with another body', async () => {
    const headers = key();
    await txt2img(anna, { seed: 1 }, headers);
    const answer = await txt2img(anna, { seed: 2 }, headers);
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('sent many times at once makes one job', async () => {
    const headers = key();
    const answers = await Promise.all(Array.from({ length: 12 }, () => txt2img(anna, { seed: 5 }, headers)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotent-replayed'] === 'true')).toHaveLength(11);
    expect(await credits(anna)).toMatchObject({ held: '1' });
  });

  it('still answers when the plan would take no new job', async () => {
    const free = await newcomer(null);
    const headers = key();
    const first = await txt2img(free, {}, headers);
    for (let i = 1; i < 10; i++) await txt2img(free);
    expect((await txt2img(free)).status).toBe(429);
    expect((await txt2img(free, {}, headers)).body).toEqual(first.body);
  });

  it('of one person is not that of another', async () => {
    const headers = key();
    const other = await newcomer();
    const [mine, theirs] = [await txt2img(anna, {}, headers), await txt2img(other, {}, headers)];
    expect(theirs.status).toBe(202);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });
});

describe('many at once', () => {
  it('those that fit are accepted and those that do not are refused, each by itself; nothing goes below zero', async () => {
    const standard = await newcomer('standard');
    await app.db.sql(`UPDATE plan_version SET limits = limits || '{"generationsPerHour": null}' WHERE plan = 'standard'`);
    // 1,000 credits: the large ones cost 640, so only one of them fits, and all the small ones beside it.
    const large = Array.from({ length: 4 }, () => txt2img(standard, { width: 1024, height: 1024, steps: 60, batchSize: 8, batchCount: 10 }));
    const small = Array.from({ length: 40 }, () => txt2img(standard));
    const answers = await Promise.all([...large, ...small]);
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.slice(0, 4).toSorted()).toEqual([202, 402, 402, 402]);
    expect(new Set(statuses.slice(4))).toEqual(new Set([202]));
    expect(await credits(standard)).toMatchObject({ available: '320', held: '680' });
    const rows = await rowsOf(standard);
    expect(rows).toMatchObject({ job: 41, task: 120, hold: 41, job_event: 82 });
  });
});

describe('an estimate', () => {
  it('is the price of the job with its lines, and leaves nothing behind', async () => {
    const before = await credits(anna);
    const answer = await app
      .api(anna.token)
      .post('/estimates')
      .send({ operation: 'txt2img', parameters: { prompt: 'a cat', width: 1024, height: 1024, batchSize: 2 } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ credits: '8', lines: [{ code: 'image', quantity: 2, unit: '4', credits: '8' }] });
    expect(answer.body).toHaveProperty('etaSecondsP50');
    expect(await credits(anna)).toEqual(before);
    expect(await count('job', anna)).toBe(0);
  });

  it('refuses what the job would refuse', async () => {
    const answer = await app
      .api(anna.token)
      .post('/estimates')
      .send({ operation: 'upscale', parameters: { factor: 3 } });
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toEqual(['/parameters/factor', '/parameters/image']);
  });
});

it('after all of this no invariant is broken', async () => {
  const broken = (await app.nest.get(Probes, { strict: false }).invariants()).filter(({ violations }) => violations.length > 0);
  expect(broken).toEqual([]);
});
