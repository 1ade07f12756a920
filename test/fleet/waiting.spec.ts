import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Tasks } from '../../src/fleet/tasks/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear, inState, submit, tenant, until } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '2000', ATELIER_SWEEP_MS: '300', ATELIER_LOCAL_SLOTS: '1' });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

const tasks = (): Tasks => app.nest.get(Tasks);
const need = { base: 'cpu', gpuClasses: [], estimateMs: 1000, engine: 'builtin' as const, kind: 'txt2img' as const };

describe('a waiting job is told', () => {
  it('that no box takes work, and no time that nobody can know', async () => {
    const [t, jobId] = [tenant(), newId()];
    await submit(app, t, 1, { jobId });
    await expect(tasks().position({ tenantId: t }, jobId)).resolves.toMatchObject({ reason: 'no_capacity', waitSeconds: null, etaSeconds: null });
    await until('the picture is fresh', async () => (await tasks().estimate(need)).waitSecondsP50 === null);
  });

  it('its place in the line, by turns and not by backlog, and how long that takes', async () => {
    const box = await FakeBox.start(app);
    const [crowd, me, jobId] = [tenant(), tenant(), newId()];
    await submit(app, crowd, 200);
    await box.leaseOne();
    await submit(app, me, 1, { jobId });
    const place = await tasks().position({ tenantId: me }, jobId);
    expect(place.reason).toBe('position');
    // Two tickets are out; then one turn each.
    expect(place.position).toBeGreaterThanOrEqual(1);
    expect(place.position).toBeLessThanOrEqual(4);
    expect(place.etaSeconds).toBeGreaterThan(0);
    expect(place.etaSeconds).toBeLessThan(10);
    const wait = await until('the estimate counts the backlog', async () => {
      const found = await tasks().estimate(need);
      return found.waitSecondsP50! > 100 && found;
    });
    expect(wait.waitSecondsP90).toBeGreaterThanOrEqual(wait.waitSecondsP50!);
  });

  it('that its own plan holds it back, when other jobs of the tenant use up what may run', async () => {
    const box = await FakeBox.start(app);
    const [t, jobId] = [tenant(), newId()];
    await submit(app, t, 1, { runningCap: 1 });
    await box.leaseOne();
    await submit(app, t, 1, { jobId, runningCap: 1 });
    await expect(tasks().position({ tenantId: t }, jobId)).resolves.toMatchObject({ reason: 'plan_concurrency' });
  });

  it('nothing when nothing of it waits, nor about a job of another tenant', async () => {
    const [t, jobId] = [tenant(), newId()];
    await submit(app, t, 1, { jobId });
    await expect(tasks().position({ tenantId: tenant() }, jobId)).resolves.toEqual({ position: null, waitSeconds: null, etaSeconds: null });
  });
});

describe('a paused pool', () => {
  it('takes no new tasks, with a sentence that says so', async () => {
    const api = app.api(app.operator.token);
    const { body: pools } = (await api.get('/fleet/pools').expect(200)) as { body: { data: { id: string; name: string }[] } };
    const local = pools.data.find(({ name }) => name === 'local')!;
    await api.patch(`/fleet/pools/${local.id}`).send({ paused: true }).expect(200);
    await expect(submit(app, tenant())).rejects.toMatchObject({ code: 'no_pool_for_task' });
    await api.patch(`/fleet/pools/${local.id}`).send({ paused: false }).expect(200);
    const [id] = await submit(app, tenant());
    await inState(app, id!, 'queued');
  });
});
