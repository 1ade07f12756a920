import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExternalEngines } from '../../src/fleet/external/index.js';
import { systemCtx } from '../../src/platform/context/index.js';
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

describe('consent', () => {
  it('decides whether a model is offered; a refusal says why', async () => {
    const engines = app.nest.get(ExternalEngines, { strict: false });
    const ctx = systemCtx(tenantId, 'test');
    expect(await engines.offers(ctx, 'txt2img')).toEqual({ slug: MODEL, priceMicros: 4200n });
    expect(await engines.offers(ctx, 'txt2img', 'outside/other')).toMatchObject({ code: 'external_unknown_model' });
    await consent(false);
    expect(await engines.offers(ctx, 'txt2img')).toMatchObject({ code: 'external_consent_missing', fix: expect.stringContaining('PUT /tenant/external') });
  });
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
