import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POLICIES } from '../autoscaler/index.js';
import { clairvoyantMs } from './clairvoyant.js';
import { parseDemand, type DemandTask } from './demand.js';
import { EventHeap } from './event-heap.js';
import { fluidBoundMs } from './fluid-bound.js';
import { reportOf } from './report.js';
import { Simulation, type SimulationResult, type SimulationSettings } from './simulation.js';
import { demandCsv, syntheticDemand } from './synthetic-demand.js';
import { traceLines } from './trace.js';

const settings = (more: Partial<SimulationSettings> = {}): SimulationSettings => ({
  ...{ policy: POLICIES.get('default')!, seed: 1, tickMs: 5000, history: [], bootSpread: 0, loadSpread: 0, estimateSpread: 0.2 },
  ...{ pool: { minBoxes: 0, maxBoxes: 100, bootMs: 180_000, loadMs: 22_700 } },
  ...more,
});
const tasks = (...list: [arrivalS: number, workS: number, model?: number, tenant?: string, tierWeight?: number][]): DemandTask[] =>
  list.map(([arrivalS, workS, model = 0, tenant = 't', tierWeight = 1], index) => ({
    ...{ index, arrivalMs: arrivalS * 1000, workMs: workS * 1000, model, tenant, tierWeight, tier: String(tierWeight) },
  }));
const run = (list: DemandTask[], more: Partial<SimulationSettings> = {}): SimulationResult =>
  new Simulation({ tasks: list, models: Array.from({ length: 90 }, (_, i) => `m${i}`) }, settings(more)).run();

describe('a simulation', () => {
  it('of one task: boots, loads, works', () => {
    const {
      tasks: [task],
      boxes,
      events,
    } = run(tasks([3, 10]));
    expect(task).toMatchObject({ startedMs: 5000 + 180_000 + 22_700, endedMs: 5000 + 180_000 + 22_700 + 10_000 });
    expect(boxes).toHaveLength(1);
    expect(events).toBeGreaterThan(3);
  });

  const demand = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 120 }), fc.nat(4), fc.constantFrom('a', 'b', 'c'), fc.constantFrom(1, 2, 4, 8)),
    {
      minLength: 1,
      maxLength: 80,
    },
  );
  it.each([...POLICIES.values()])('ends every task once and accounts for every second of every box, under $name', (policy) => {
    fc.assert(
      fc.property(demand, fc.nat(100), (list, seed) => {
        const sorted = tasks(...list.toSorted((a, b) => a[0] - b[0]));
        const result = run(sorted, { policy, seed, bootSpread: 0.3, loadSpread: 0.3 });
        for (const task of result.tasks) {
          expect(task.startedMs).toBeGreaterThanOrEqual(task.arrivalMs);
          expect(task.endedMs).toBeCloseTo(task.startedMs + task.demand.workMs, 3);
        }
        const alive = result.boxes.reduce((sum, box) => sum + box.endedMs - box.launchedMs, 0);
        expect(alive).toBeGreaterThanOrEqual(sorted.reduce((sum, { workMs }) => sum + workMs, 0));
        for (const box of result.boxes) expect(box.endedMs).toBeGreaterThanOrEqual(box.launchedMs);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same result for the same seed', () => {
    const list = syntheticDemand({ days: 1, load: 0.5, seed: 4 }).tasks;
    const ends = (seed: number): number[] => run(list, { seed }).tasks.map(({ endedMs }) => endedMs);
    expect(ends(7)).toEqual(ends(7));
    expect(ends(7)).not.toEqual(ends(8));
  });

  it('of a crowd keeps a newcomer no longer than his fair share: two minutes, not the hour that the crowd has brought', () => {
    const crowd = Array.from({ length: 200 }, (): [number, number, number, string] => [0, 20, 0, 'crowd']);
    const result = run(tasks(...crowd, [600, 20, 0, 'newcomer']), { pool: { minBoxes: 1, maxBoxes: 1, bootMs: 180_000, loadMs: 22_700 } });
    const newcomer = result.tasks.find(({ tenant }) => tenant === 'newcomer')!;
    expect(newcomer.startedMs - newcomer.arrivalMs).toBeLessThan(18 * 20_000);
    expect(result.endMs).toBeGreaterThan(4_000_000);
  });

  it('costs less and waits less with two weeks of history than without, and less than the first design', async () => {
    const { tasks: all, models } = syntheticDemand({ days: 16, load: 3, seed: 2 });
    const begin = 14 * 86_400_000;
    const history = all.filter(({ arrivalMs }) => arrivalMs < begin);
    const recent = all.filter(({ arrivalMs }) => arrivalMs >= begin).map((task, index) => ({ ...task, index, arrivalMs: task.arrivalMs - begin }));
    const judge = (more: Partial<SimulationSettings>): ReturnType<typeof reportOf> =>
      reportOf(new Simulation({ tasks: recent, models }, settings(more)).run(), { pricePerHour: 1, restartMs: 202_700 });
    const [own, cold, depth] = [await judge({ history }), await judge({}), await judge({ policy: POLICIES.get('queue-depth')! })];
    expect(own.costOverC0).toBeLessThan(1.35);
    expect(own.wait.p95).toBeLessThan(35);
    expect(own.wait.p99).toBeLessThan(90);
    expect(own.costOverC0).toBeLessThan(cold.costOverC0 + 0.02);
    expect(own.costOverC0 * 1.4).toBeLessThan(depth.costOverC0);
    expect(own.lb2Ratio).toBeGreaterThan(own.costOverC0);
  }, 30_000);
});

describe('the yardsticks', () => {
  it('C0: a gap costs the cheaper of idling and restarting', () => {
    expect(clairvoyantMs(tasks([0, 10], [20, 10]), 100_000)).toBe(100_000 + 20_000 + 10_000);
    expect(clairvoyantMs(tasks([0, 10], [500, 10]), 100_000)).toBe(200_000 + 20_000);
    expect(clairvoyantMs(tasks([0, 10], [0, 10], [10, 5]), 100_000)).toBe(200_000 + 25_000);
  });
  it('LB2 is below C0, above the bare work, and less where more waiting is allowed', async () => {
    const { tasks: list } = syntheticDemand({ days: 1, load: 2, seed: 3 });
    const work = list.reduce((sum, { workMs }) => sum + workMs, 0);
    const [strict, patient] = [await fluidBoundMs(list, 202_700, 0), await fluidBoundMs(list, 202_700, 600_000)];
    expect(strict).toBeLessThan(clairvoyantMs(list, 202_700));
    expect(patient).toBeLessThan(strict);
    expect(patient).toBeGreaterThan(work);
  });
});

describe('its files', () => {
  it('demand is written and read back the same', () => {
    const { tasks: list, models } = syntheticDemand({ days: 1, load: 0.2, seed: 5 });
    const back = parseDemand(demandCsv(list, models), [...models]);
    expect(back.tasks.map(({ arrivalMs, model, tenant, tierWeight }) => [Math.round(arrivalMs), model, tenant, tierWeight])).toEqual(
      list.map(({ arrivalMs, model, tenant, tierWeight }) => [Math.round(arrivalMs), model, tenant, tierWeight]),
    );
  });
  it('every wrong line is named at once', () => {
    const wrong = 'arrival_seconds,model,gpu_seconds,tenant,tier\n-1,m,5,t,free\n1,m,zero,t,free\n2,m,5,t,gold\n3,m,5,t,pro\n';
    expect(() => parseDemand(wrong)).toThrow(/line 2: arrival_seconds.*\nline 3: gpu_seconds is “zero”.*\nline 4: tier is “gold”/);
    expect(() => parseDemand('arrival_seconds,model\n')).toThrow(/gpu_seconds, tenant, tier are missing/);
  });
  it('the trace says enough to work out waits and cost again', async () => {
    const { tasks: list, models } = syntheticDemand({ days: 1, load: 0.5, seed: 6 });
    const result = new Simulation({ tasks: list, models }, settings()).run();
    const lines = [...traceLines(result, models)].map((line) => JSON.parse(line) as Record<string, number | string>);
    const seconds = lines.filter(({ kind }) => kind === 'box').reduce((sum, box) => sum + Number(box['ended']) - Number(box['launched']), 0);
    const waits = lines.filter(({ kind }) => kind === 'task').map((task) => Number(task['started']) - Number(task['arrived']));
    const report = await reportOf(result, { pricePerHour: 1, restartMs: 202_700 });
    expect(seconds / 3600).toBeCloseTo(report.costUsd, 1);
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)]).toBeCloseTo(report.wait.p95, 1);
  });
});

describe('events', () => {
  it('come by time, and in the order of their making among equals', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 300 }), (times) => {
        const heap = new EventHeap();
        times.forEach((at, i) => heap.push(at, i));
        const order = times.map(() => heap.pop());
        expect(order).toEqual(times.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b));
        expect(heap.nextMs).toBe(Infinity);
      }),
    );
  });
});
