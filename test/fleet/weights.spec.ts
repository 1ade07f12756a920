import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Pools } from '../../src/fleet/pools/index.js';
import type { WeightsUse } from '../../src/fleet/tasks/index.js';
import { Thermal } from '../../src/fleet/thermal/index.js';
import { SystemTx } from '../../src/platform/database/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear, inState, row, submit, tenant, until } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '1500', ATELIER_SWEEP_MS: '300', ATELIER_LOCAL_SLOTS: '4' });
});
afterEach(async () => {
  await clear(app);
  await app.db.sql('DELETE FROM weights_state');
});
afterAll(() => app?.close());

let made = 0;
const file = (vramMb = 1000): WeightsUse => {
  const digest = String(++made).padStart(64, '0');
  return { digest, key: `models/${digest}`, bytes: 10, vramMb, role: 'graph', name: `${digest}.onnx`, format: 'onnx', passport: 'a.b.c' };
};
const matte = (weights: WeightsUse[], base = 'modnet') =>
  ({ engine: 'onnx', kind: 'matte', weights, base, vramMb: weights[0]!.vramMb, gpuClasses: ['A10G' as const] }) as const;
const onnxBox = async (): Promise<FakeBox> => {
  const box = await FakeBox.launch(app);
  await box.register({
    engines: [
      { name: 'builtin', version: '1', kinds: ['txt2img'] },
      { name: 'onnx', version: '1', kinds: ['matte'] },
    ],
  });
  return box;
};
async function declared(weights: WeightsUse[]): Promise<string> {
  const modelId = newId();
  await app.nest.get(SystemTx).run('test', (em) => app.nest.get(Thermal).declare(em, { modelId, weights, loadMs: 2000 }));
  return modelId;
}
const thermal = (): Thermal => app.nest.get(Thermal);

describe('an installation offers', () => {
  it('what its boxes registered, and remembers it when they are gone', async () => {
    const offers = (): boolean => app.nest.get(Pools).offers('onnx', 'matte', ['A10G']);
    const box = await onnxBox();
    expect(offers()).toBe(true);
    await box.release([], { final: true });
    await until('offer is kept', async () => offers());
    await FakeBox.start(app);
    expect(offers()).toBe(false);
  });
});

describe('a ticket that a box cannot take', () => {
  it('stands in the way of none that it can', async () => {
    const plain = await FakeBox.start(app);
    await submit(app, tenant(), 2, matte([file()]));
    const [light] = await submit(app, tenant());
    expect((await plain.leaseOne()).taskId).toContain('task_');
    expect((await row(app, light!)).state).toBe('leased');
    const able = await onnxBox();
    expect((await able.leaseOne()).kind).toBe('matte');
  });
});

describe('thermal OFF', () => {
  it('holds the tasks that need the weights, and no others, until it is switched on', async () => {
    const [off, on] = [file(), file()];
    const modelId = await declared([off]);
    const box = await onnxBox();
    const [before] = await submit(app, tenant(), 1, matte([off], 'a'));
    await inState(app, before!, 'queued');
    await thermal().set(modelId, { mode: 'OFF' });
    const [after] = await submit(app, tenant(), 1, matte([off], 'a'));
    const [other] = await submit(app, tenant(), 1, matte([on], 'b'));
    await box.leaseOne();
    expect((await row(app, other!)).state).toBe('leased');
    for (const id of [before!, after!]) expect(await row(app, id)).toMatchObject({ state: 'ready', wait_reason: 'model_off' });
    expect(await box.lease()).toMatchObject({ tasks: [] });
    expect(await thermal().stateOf(modelId)).toMatchObject({ mode: 'OFF', state: 'OFF', service: 'DISABLED' });
    await thermal().set(modelId, { mode: 'COLD' });
    const leased = (await box.lease({ free: { slots: 2, vramMb: 0 } })).tasks;
    expect(leased.length).toBeGreaterThan(0);
  });
});

describe('WARM', () => {
  it('is asked of one idle box at a time, which then reports it', async () => {
    const weights = file();
    const modelId = await declared([weights]);
    const [a, b] = [await onnxBox(), await onnxBox()];
    expect((await a.heartbeat()).preload).toBeUndefined();
    await thermal().set(modelId, { mode: 'WARM', warmDurationMinutes: 5 });
    const { preload } = await a.heartbeat();
    expect(preload).toMatchObject([{ digest: weights.digest, url: expect.stringContaining('http') as string, passport: 'a.b.c' }]);
    expect(JSON.stringify(preload)).not.toContain('"key"');
    expect((await b.heartbeat()).preload).toBeUndefined();
    await a.heartbeat([], { cached: [weights.digest] });
    expect(await thermal().stateOf(modelId)).toMatchObject({ state: 'WARM', service: 'RUNNING', costPreview: { loadMs: 2000, gpuClass: 'CPU' } });
    expect((await a.heartbeat([], { cached: [weights.digest] })).preload).toBeUndefined();
  });
  it('under AUTOMATIC follows what is asked for', async () => {
    const weights = file();
    const modelId = await declared([weights]);
    await thermal().set(modelId, { mode: 'AUTOMATIC' });
    await submit(app, tenant(), 10, matte([weights]));
    await thermal().sweep();
    expect(await app.db.sql('SELECT decided FROM weights_state')).toEqual([{ decided: 'HOT' }]);
  });
});
