import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear, submit, tenant } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '3000', ATELIER_LOCAL_SLOTS: '2' });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

describe('what operators see', () => {
  it('lanes, boxes with their seconds, pools, metrics', async () => {
    const box = await FakeBox.start(app);
    await submit(app, tenant(), 3);
    const task = await box.leaseOne();
    const api = app.api(app.operator.token);
    const { body: lanes } = await api.get('/fleet/lanes').expect(200);
    expect(lanes).toMatchObject({ data: [{ pool: 'local', class: 'CPU', base: 'cpu', running: 1 }] });
    const { body: boxes } = (await api.get('/fleet/boxes').expect(200)) as { body: { data: { id: string; seconds: Record<string, number> }[] } };
    const mine = boxes.data.find((found) => found.id === box.boxId)!;
    expect(mine).toMatchObject({ state: 'ready', slots: 2, running: 1, pool: 'local' });
    const { lifetime, ...parts } = mine.seconds as Record<string, number> & { lifetime: number };
    expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBeCloseTo(lifetime, 1);
    await api.get('/fleet/pools').expect(200);
    const { body: metrics } = await api.get('/fleet/metrics').expect(200);
    expect(metrics).toMatchObject({ tasks: { running: 1 }, busySlots: 1 });
    await box.finish(task);
    for (let i = 0; i < 2; i++) await box.finish(await box.leaseOne());
  });

  it('is theirs alone: a tenant’s owner gets 403', async () => {
    const person = await app.register();
    for (const path of ['/fleet/pools', '/fleet/boxes', '/fleet/lanes', '/fleet/metrics']) await app.api(person.token).get(path).expect(403);
    await app.api(person.token).post('/fleet/pools').send({ name: 'mine', class: 'CPU' }).expect(403);
  });

  it('pools are made and changed, within their bounds, and it is written down', async () => {
    const api = app.api(app.operator.token);
    const { body: pool } = (await api.post('/fleet/pools').send({ name: 'workshop', class: 'L4', max: 2 }).expect(201)) as { body: { id: string } };
    await api.post('/fleet/pools').send({ name: 'workshop', class: 'L4' }).expect(409);
    await api.patch(`/fleet/pools/${pool.id}`).send({ min: 5 }).expect(422);
    await api.patch(`/fleet/pools/${pool.id}`).send({ paused: true }).expect(200);
    await api.post('/fleet/boxes').send({ pool: 'workshop' }).expect(409);
    await api.post('/fleet/boxes').send({ pool: 'nowhere' }).expect(404);
    expect(await app.db.sql(`SELECT action FROM audit_entry WHERE action LIKE 'pool.%' ORDER BY at`)).toEqual([
      { action: 'pool.created' },
      { action: 'pool.updated' },
    ]);
  });
});
