import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { PredictionsStandIn } from '../support/predictions-stand-in.js';
import { cancel, clear, inState, submit, until } from './desk.js';

const MODEL = 'outside/draw';
let app: TestApp;
let service: PredictionsStandIn;
let anna: Person;
let tenantId: string;

interface Usage {
  line: string;
  outcome: string;
  cost_micros: string;
  absorbed_micros: string;
  occupied_us: string;
}
const usage = (task: string): Promise<Usage[]> => app.db.sql<Usage>('SELECT * FROM usage_attempt WHERE task_id = $1 ORDER BY attempt', [task]);
const consent = (allowed: boolean) => app.api(anna.token).put('/tenant/external').send({ allowed });
const call = async (): Promise<string> => {
  const parameters = { prompt: 'a canary', model: MODEL };
  return (await submit(app, tenantId, 1, { engine: 'external', base: 'external', parameters }))[0]!;
};
const running = (task: string) =>
  until('the service has it', async () => (await app.db.sql(`SELECT 1 FROM external_call WHERE task_id = $1 AND state = 'open'`, [task])).length > 0);

beforeAll(async () => {
  service = await PredictionsStandIn.start('v-1');
  const models = { [MODEL]: { version: 'v-1', operations: ['txt2img'], priceMicros: 4200, input: { prompt: '$prompt', go_fast: true, seed: '$seed' } } };
  app = await startApp({
    EXTERNAL_URL: service.url,
    EXTERNAL_TOKEN: service.token,
    EXTERNAL_WEBHOOK_SECRET: service.secret,
    EXTERNAL_MODELS: JSON.stringify(models),
    EXTERNAL_TIMEOUT_SECONDS: '4',
    EXTERNAL_POLL_MS: '300',
    ATELIER_RETRY_BACKOFF_MS: '0',
    SAFE_FETCH_ALLOW_HTTP: 'true',
    SAFE_FETCH_TRUSTED: service.address,
  });
});
beforeEach(async () => {
  service.reset();
  anna = await app.register('Anna');
  tenantId = parseId('tnt', anna.tenantId);
  expect((await consent(true)).status).toBe(200);
});
afterEach(async () => {
  expect(service.faults).toEqual([]);
  await clear(app);
});
afterAll(async () => {
  await app?.close();
  service?.stop();
});

describe('a task for an outside service', () => {
  it('is sent with its parameters, becomes a checked output, and costs the price of the call and no seconds', async () => {
    const task = await call();
    const done = await inState(app, task, 'done');
    expect(service.only().input).toEqual({ prompt: 'a canary', go_fast: true });
    expect(done.outputs).toMatchObject([{ slot: 'image', contentType: 'image/png', key: expect.stringContaining(`t/${tenantId}/out/${task}/1/image-`) }]);
    expect(await usage(task)).toMatchObject([{ line: 'external', outcome: 'done', cost_micros: '4200', absorbed_micros: '0', occupied_us: '0' }]);
  });

  it('is found by the sweep when its webhook is lost', async () => {
    service.sendsWebhooks = false;
    await inState(app, await call(), 'done');
  });

  it('ends once when its webhook comes twice', async () => {
    service.mode = 'hold';
    const task = await call();
    await running(task);
    expect(await service.finish(service.only(), 'succeeded', 3)).toEqual([204, 204, 204]);
    await inState(app, task, 'done');
    expect(await usage(task)).toHaveLength(1);
    expect(await app.db.sql('SELECT 1 FROM external_inbox WHERE prediction_id = $1', [service.only().id])).toHaveLength(1);
  });

  it('is sent once although the answer to its request was lost', async () => {
    service.next.push('vanish');
    const task = await call();
    await until('the service took it', async () => service.held.size === 1);
    await service.finish(service.only());
    await inState(app, task, 'done');
    expect(service.creations).toBe(1);
  });

  it('waits and is sent again while the service is busy', async () => {
    service.next.push(429);
    const done = await inState(app, await call(), 'done');
    expect(done.attempt).toBe(1);
    expect(service.creations).toBe(2);
  });

  it('fails by the platform, at no cost of the tenant, when the service never ends it', async () => {
    service.mode = 'hold';
    const task = await call();
    const failed = await inState(app, task, 'failed', 40_000);
    expect(failed.error?.code).toBe('timeout');
    expect((await usage(task)).map((row) => row.cost_micros)).toEqual(['0', '0', '0']);
    expect([...service.held.values()].every(({ status }) => status === 'canceled')).toBe(true);
  }, 45_000);

  it('is cancelled at the service when its job is', async () => {
    service.mode = 'hold';
    const task = await call();
    await running(task);
    const [{ job_id }] = (await app.db.sql<{ job_id: string }>('SELECT job_id FROM task WHERE id = $1', [task])) as [{ job_id: string }];
    await cancel(app, tenantId, job_id);
    await inState(app, task, 'canceled');
    expect(service.only().status).toBe('canceled');
  });

  it('is not sent when the tenant has taken its consent back', async () => {
    await consent(false);
    const failed = await inState(app, await call(), 'failed');
    expect(failed.error?.code).toBe('external_consent_missing');
    expect(service.creations).toBe(0);
  });
});

describe('a job for an outside service', () => {
  const api = () => app.api(anna.token);
  const ended = async (id: string) => {
    await until('the job ends', async () => (await api().get(`/jobs/${id}`)).body.finishedAt !== null);
    return (await api().get(`/jobs/${id}`)).body;
  };
  const request = { operation: 'txt2img', parameters: { prompt: 'a canary', width: 512, height: 512, seed: 7 } };

  it('is taken where nothing of the house can do it, runs there, and is charged as priced with the call as its cost', async () => {
    const { body, status } = await api().post('/jobs').send(request);
    expect([status, body.simulated], JSON.stringify(body)).toEqual([202, false]);
    const job = await ended(body.id);
    expect(job).toMatchObject({ status: 'succeeded', simulated: false, credits: { charged: '1', held: '0' }, gpu: { seconds: 0 } });
    expect(job.outputs).toMatchObject([{ type: 'image', width: 8, height: 6 }]);
    expect(service.only().input).toEqual({ prompt: 'a canary', go_fast: true, seed: 7 });
    expect((await app.api(anna.token).get(`/assets/${job.outputs[0].assetId}`)).body.metadata).toMatchObject({ engine: 'external', model: MODEL });
    const lines = await app.db.sql<Usage>('SELECT line, cost_micros, occupied_us FROM usage_attempt WHERE job_id = $1', [parseId('job', body.id)]);
    expect(lines).toMatchObject([{ line: 'external', cost_micros: '4200', occupied_us: '0' }]);
  });

  it('keeps its seeds and its price over a batch, one call a picture', async () => {
    const { body } = await api()
      .post('/jobs')
      .send({ ...request, parameters: { ...request.parameters, batchSize: 3, model: MODEL } });
    expect(await ended(body.id)).toMatchObject({ status: 'succeeded', credits: { charged: '3' } });
    expect([...service.held.values()].map(({ input }) => input['seed']).sort()).toEqual([7, 8, 9]);
  });

  it('is not sent without consent: a named model is refused at its field, else the house does what it can', async () => {
    await consent(false);
    const named = await api()
      .post('/jobs')
      .send({ ...request, parameters: { ...request.parameters, model: MODEL } });
    expect([named.status, named.body.errors]).toMatchObject([422, [{ pointer: '/parameters/model', code: 'external_consent_missing' }]]);
    expect(named.body.errors[0].fix).toContain('PUT /tenant/external');
    const { body } = await api().post('/estimates').send(request);
    expect(body.simulated ?? true).toBe(true);
    const listed = (await api().get('/models?limit=100')).body.data.find(({ slug }: { slug: string }) => slug === MODEL);
    expect(listed).toMatchObject({ engine: 'external', ready: false, reason: { code: 'external_consent_missing' } });
    expect(service.creations).toBe(0);
  });

  it('that the service fails at is not charged', async () => {
    service.mode = 'hold';
    const { body } = await api().post('/jobs').send(request);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until('the service has it', async () => service.held.size === attempt);
      await running((await app.db.sql<{ id: string }>('SELECT id FROM task WHERE job_id = $1', [parseId('job', body.id)]))[0]!.id);
      await service.finish([...service.held.values()].at(-1)!, 'failed');
    }
    expect(await ended(body.id)).toMatchObject({ status: 'failed', credits: { charged: '0', held: '0' }, error: { code: 'external_failed' } });
  }, 60_000);
});

describe('a webhook', () => {
  it('with a forged or an old signature is refused and changes nothing', async () => {
    service.mode = 'hold';
    const task = await call();
    await running(task);
    const held = service.only();
    expect(await service.notify({ ...held, status: 'succeeded' }, 'msg_forged', `whsec_${randomBytes(32).toString('base64')}`)).toBe(401);
    expect(await service.notify({ ...held, status: 'succeeded' }, 'msg_old', service.secret, Math.floor(Date.now() / 1000) - 600)).toBe(401);
    expect(await app.db.sql(`SELECT 1 FROM external_inbox WHERE id IN ('msg_forged', 'msg_old')`)).toEqual([]);
    await service.finish(held);
    await inState(app, task, 'done');
  });

  it('is not believed: the prediction is asked for', async () => {
    service.mode = 'hold';
    const task = await call();
    await running(task);
    expect(await service.notify({ ...service.only(), status: 'failed' }, 'msg_lying')).toBe(204);
    await service.finish(service.only());
    await inState(app, task, 'done');
  });
});
