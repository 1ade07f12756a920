import { afterAll, beforeAll, it } from 'vitest';
import { Promotion } from '../../src/fleet/lanes/index.js';
import { Backlog, Attempts } from '../../src/fleet/tasks/index.js';
import { Queues } from '../../src/platform/queue/index.js';
import { SystemTx } from '../../src/platform/database/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { submit, tenant } from './desk.js';
let app: TestApp;
beforeAll(async () => { app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '5000', ATELIER_LOCAL_SLOTS: '1' }); });
afterAll(() => app?.close());
it('stages', async () => {
  const T = new Map<string, number[]>();
  let t0 = 0;
  const ev = (k: string, v: number) => T.set(k, [...(T.get(k) ?? []), v]);
  const wrap = (o: any, k: string, label = k) => { const f = o[k]; o[k] = async (...a: any[]) => { const t = performance.now(); try { return await f.apply(o, a); } finally { ev(label, performance.now() - t); ev('@' + label, performance.now() - t0); } }; };
  await submit(app, tenant());
  const box = await FakeBox.start(app);
  await box.fail(await box.leaseOne(), 'input');
  const [{ id }] = (await app.db.sql<{ id: string }>('SELECT id FROM lane')) as any;
  const lq = app.nest.get(Queues).lane(`lane-${id}`) as any;
  wrap(lq, 'addTickets'); wrap(lq, 'take');
  const bl = app.nest.get(Backlog) as any; for (const k of ['view', 'queue', 'tasksOf', 'onBox']) wrap(bl, k);
  wrap(app.nest.get(Promotion) as any, 'round');
  wrap(app.nest.get(Attempts) as any, 'lease', 'cas');
  for (let i = 0; i < 40; i++) {
    const polling = box.lease();
    await new Promise((r) => setTimeout(r, 150));
    t0 = performance.now();
    await submit(app, tenant());
    ev('@submit', performance.now() - t0);
    const { tasks } = await polling;
    ev('@leased', performance.now() - t0);
    await box.fail(tasks[0]!, 'input');
    if (i === 5) T.clear();
  }
  console.log(Object.fromEntries([...T].sort().map(([k, v]) => [k, [...v].sort((a, b) => a - b)[v.length >> 1]!.toFixed(1) + ' /' + v.length])));
});
