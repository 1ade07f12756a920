import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeasedTask, LeaseRequest } from '@atelier/contracts';
import type { NewTask, WeightsUse } from '../../src/fleet/tasks/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear, inState, row, submit, taskId, tenant } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '2000', ATELIER_SWEEP_MS: '300' });
  for (const [name, slotsPerBox] of [
    ['wide', 8],
    ['narrow', 1],
  ] as const)
    await app.api(app.operator.token).post('/fleet/pools').send({ name, class: classOf[name], max: 4, slotsPerBox }).expect(201);
});
afterEach(() => clear(app));
afterAll(() => app?.close());

const classOf = { wide: 'T4', narrow: 'L4' } as const;
type Place = keyof typeof classOf;
const GB = 1000;

let made = 0;
const file = (vramMb: number, maxParallelPerGpu?: number): WeightsUse => {
  const digest = String(++made).padStart(64, '0');
  return { digest, key: `models/${digest}`, bytes: 10, vramMb, role: 'graph', name: `${digest}.onnx`, format: 'onnx', passport: 'a.b.c', maxParallelPerGpu };
};
/** Tasks of one job, of a tenant of its own unless one is named: turns of one tenant come in the order of submission. */
const job = (n: number, weights: WeightsUse[], more: Partial<NewTask> & { place?: Place; of?: string } = {}): Promise<string[]> => {
  const { place = 'wide', of = tenant(), ...change } = more;
  const vramMb = weights.reduce((sum, file) => sum + file.vramMb, 0);
  return submit(app, of, n, { jobId: newId(), engine: 'onnx', kind: 'matte', weights, vramMb, base: 'custom', gpuClasses: [classOf[place]], ...change });
};
const card = (place: Place = 'wide', vramMb = 16 * GB): Promise<FakeBox> => FakeBox.launch(app, place, { class: classOf[place], vramMb });
async function boxOf(place: Place = 'wide'): Promise<FakeBox> {
  const box = await card(place);
  await box.register({ engines: [{ name: 'onnx', version: '1', kinds: ['matte'] }] });
  return box;
}
const queued = async (...jobs: string[][]): Promise<string[]> => {
  for (const id of jobs.flat()) await inState(app, id, 'queued');
  return jobs.flat();
};
const takes = async (box: FakeBox, change: Partial<LeaseRequest> = {}): Promise<string[]> =>
  (await box.lease({ free: { slots: 8, vramMb: 16 * GB }, ...change })).tasks.map((task) => task.taskId);
const named = (...jobs: string[][]): string[] => jobs.flat().map(taskId);

describe('a box', () => {
  it('takes in one call what its card holds, large and small of one lane mixed: 2 + 2 + 6 of 16 GB, while 10 waits', async () => {
    const box = await boxOf();
    const of = tenant();
    const [two, deux, six, ten] = [
      await job(1, [file(2 * GB)], { of }),
      await job(1, [file(2 * GB)], { of }),
      await job(1, [file(6 * GB)], { of }),
      await job(1, [file(10 * GB)], { of }),
    ];
    await queued(two, deux, six, ten);
    expect(await takes(box)).toEqual(named(two, deux, six).sort());
    expect((await row(app, ten[0]!)).state).toBe('queued');
  });

  it('takes a smaller one past a larger one that finds no room yet, and that one as soon as there is', async () => {
    const box = await boxOf();
    const small = [await job(1, [file(2 * GB)]), await job(1, [file(2 * GB)]), await job(1, [file(6 * GB)])];
    await queued(...small);
    const { tasks } = await box.lease({ free: { slots: 8, vramMb: 16 * GB } });
    expect(tasks.map((task) => task.taskId)).toEqual(named(...small).sort());
    const ten = await job(1, [file(10 * GB)]);
    const tiny = await job(1, [file(1 * GB)]);
    await queued(ten, tiny);
    expect(await takes(box, { free: { slots: 5, vramMb: 6 * GB } })).toEqual(named(tiny));
    const waiting = takes(box, { free: { slots: 4, vramMb: 5 * GB } });
    await box.fail(
      tasks.find((task) => task.taskId === taskId(small[2]![0]!))!,
      'input',
    );
    expect(await waiting).toEqual(named(ten));
  });

  it('never takes a task larger than its card, which waits without being in the way', async () => {
    const box = await boxOf();
    const huge = await job(1, [file(17 * GB)]);
    const two = await job(1, [file(2 * GB)]);
    await queued(huge, two);
    expect(await takes(box)).toEqual(named(two));
    expect(await takes(box, { free: { slots: 8, vramMb: 99 * GB } })).toEqual([]);
    const larger = await card('wide', 24 * GB);
    await larger.register({ engines: [{ name: 'onnx', version: '1', kinds: ['matte'] }] });
    expect(await takes(larger, { free: { slots: 8, vramMb: 24 * GB } })).toEqual(named(huge));
  });

  it('counts weights once that its tasks share, in one call and over several', async () => {
    const box = await boxOf();
    const base = file(12 * GB);
    const ids = await queued(await job(2, [base], { vramMb: 13 * GB }));
    expect(await takes(box)).toEqual(named(ids));
    const [third] = await queued(await job(1, [base], { vramMb: 13 * GB }));
    expect(await takes(box, { free: { slots: 6, vramMb: 2 * GB } })).toEqual([taskId(third!)]);
    const other = await queued(await job(1, [file(2 * GB)]));
    expect(await takes(box, { free: { slots: 5, vramMb: 1 * GB } })).toEqual([]);
    expect((await row(app, other[0]!)).state).toBe('queued');
  });

  it('takes no more tasks of one model than it may run side by side, others beside them, and the next when one has ended', async () => {
    const box = await boxOf();
    const [detector, matte] = [file(2 * GB, 2), file(6 * GB, 1)];
    await queued(await job(3, [detector]), await job(2, [matte]));
    const { tasks } = await box.lease({ free: { slots: 8, vramMb: 16 * GB } });
    const digests = (leased: LeasedTask[]): string[] => leased.map((task) => task.weights[0]!.digest).sort();
    expect(digests(tasks)).toEqual([detector, detector, matte].map(({ digest }) => digest).sort());
    const waiting = box.lease({ free: { slots: 5, vramMb: 8 * GB } });
    await box.fail(
      tasks.find((task) => task.weights[0]!.digest === matte.digest)!,
      'input',
    );
    expect(digests((await waiting).tasks)).toEqual([matte.digest]);
  });
});

/** One slot, one set of weights in memory at a time: takes `n` tasks one after another and says of each whose weights it needed. */
async function serve(box: FakeBox, n: number): Promise<{ order: string[]; loads: number }> {
  const order: string[] = [];
  let [loaded, loads]: [string[], number] = [[], 0];
  for (let i = 0; i < n; i++) {
    const { tasks } = await box.lease({ free: { slots: 1, vramMb: 16 * GB }, loaded });
    expect(tasks).toHaveLength(1);
    const needed = tasks[0]!.weights.map(({ digest }) => digest);
    if (needed.join() !== loaded.join()) loads++;
    loaded = needed;
    order.push(needed.join());
    await box.fail(tasks[0]!, 'input');
  }
  return { order, loads };
}

describe('a job of four pictures', () => {
  it('on a box with one slot loads its weights once, though another model’s job came in between', async () => {
    const box = await boxOf('narrow');
    const [mine, theirs] = [file(10 * GB), file(10 * GB)];
    const ids = await job(4, [mine], { place: 'narrow', base: 'sdxl' });
    // The runway of one slot holds three; the fourth is promoted while the others run.
    await queued(ids.slice(0, 3));
    await job(1, [theirs], { place: 'narrow', base: 'flux' });
    const { order, loads } = await serve(box, 5);
    expect(order).toEqual([mine, mine, mine, mine, theirs].map(({ digest }) => digest));
    expect(loads).toBe(2);
  });

  it('and a long one gives way to another tenant’s when that has waited for the bound', async () => {
    const box = await boxOf('narrow');
    const [crowd, guest] = [file(10 * GB), file(10 * GB)];
    // What they take is far more than was thought, so that each has had more than the bound.
    await job(30, [crowd], { place: 'narrow', base: 'sdxl', estimateMs: 1 });
    await serve(box, 1);
    await job(1, [guest], { place: 'narrow', base: 'flux', estimateMs: 1 });
    const { order } = await serve(box, 8);
    expect(order).toContain(guest.digest);
  });

  it('on a box with room for them is leased in one call', async () => {
    const box = await boxOf();
    const base = file(10 * GB);
    const ids = await queued(await job(4, [base]));
    expect(await takes(box)).toEqual(named(ids));
  });
});
