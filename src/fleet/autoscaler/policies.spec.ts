import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BoxState, FleetView, ScalingPolicy } from './fleet-view.js';
import { POLICIES } from './policies.js';

const pool = { minBoxes: 0, maxBoxes: 20, bootMs: 180_000, loadMs: 20_000 };
const view = (more: Partial<FleetView> = {}): FleetView => ({
  ...{ nowMs: 10_000_000, boxes: [], waiting: { tasks: 0, workMs: 0 }, demand: { fast: 0, slow: 0, ahead: null }, pool },
  ...more,
});
const boxes = (...states: [BoxState, number][]): FleetView['boxes'] => states.map(([state, sinceMs], id) => ({ id, state, sinceMs }));
const [own, depth, ratio] = [...POLICIES.values()] as [ScalingPolicy, ScalingPolicy, ScalingPolicy];

describe('every policy', () => {
  const state = fc.constantFrom<BoxState>('booting', 'idle', 'busy', 'draining');
  const views = fc.record({
    boxes: fc.array(fc.record({ state, sinceMs: fc.nat(10_000_000) }), { maxLength: 25 }).map((list) => list.map((box, id) => ({ ...box, id }))),
    waiting: fc.record({ tasks: fc.nat(300), workMs: fc.nat(10_000_000) }),
    demand: fc.record({
      fast: fc.double({ min: 0, max: 40, noNaN: true }),
      slow: fc.double({ min: 0, max: 40, noNaN: true }),
      ahead: fc.constantFrom(null, 0, 3, 30),
    }),
  });

  it.each([...POLICIES.values()])('$name stops idle boxes only, each once, and never launches beyond the maximum', (policy) => {
    fc.assert(
      fc.property(views, (seen) => {
        const now = view({ ...seen, pool: { ...pool, maxBoxes: 50 } });
        const actions = policy.decide(now);
        const stopped = actions.flatMap((action) => (action.do === 'stop' ? [action.box] : []));
        expect(new Set(stopped.map(({ id }) => id)).size).toBe(stopped.length);
        expect(stopped.every(({ state: at }) => at === 'idle')).toBe(true);
        const launched = actions.reduce((sum, action) => sum + (action.do === 'launch' ? action.count : 0), 0);
        expect(launched === 0 || seen.boxes.length + launched <= 50).toBe(true);
        expect(stopped.length === 0 || launched === 0).toBe(true);
        expect(policy.decide(now)).toEqual(actions);
      }),
    );
  });
});

describe('work-seconds', () => {
  it('scales from zero for one task, and to zero when nothing comes', () => {
    expect(own.decide(view({ waiting: { tasks: 1, workMs: 5000 } }))).toMatchObject([{ do: 'launch', count: 1 }]);
    expect(own.decide(view({ boxes: boxes(['idle', 0]) }))).toMatchObject([{ do: 'stop', box: { id: 0 } }]);
  });
  it('keeps what the expected load and a margin of its root need', () => {
    const demand = { fast: 0, slow: 0, ahead: 9 };
    expect(own.decide(view({ demand }))).toMatchObject([{ do: 'launch', count: 14 }]);
    expect(own.decide(view({ demand, boxes: boxes(...Array.from({ length: 16 }, (): [BoxState, number] => ['idle', 0])) }))).toEqual([]);
  });
  it('counts boxes that are booting, so that nothing is launched twice', () => {
    const demand = { fast: 4, slow: 4, ahead: null };
    expect(own.decide(view({ demand, boxes: boxes(...Array.from({ length: 8 }, (): [BoxState, number] => ['booting', 0])) }))).toEqual([]);
  });
  it('adds what clears the waiting work by the time a further box would be there', () => {
    expect(own.decide(view({ demand: { fast: 1, slow: 1, ahead: null }, waiting: { tasks: 30, workMs: 800_000 } }))).toMatchObject([
      { do: 'launch', count: 7 },
    ]);
  });
  it('stops the box that has been idle longest, and none that was busy a moment ago', () => {
    expect(own.decide(view({ boxes: boxes(['idle', 9_950_000], ['idle', 2000], ['idle', 1000], ['busy', 0]), pool: { ...pool, minBoxes: 3 } }))).toMatchObject([
      { do: 'stop', box: { id: 2 } },
    ]);
  });
});

describe('the policies it is compared with', () => {
  it('queue-depth: two boxes at least, one more for five waiting or four of five busy, one less after ten minutes', () => {
    expect(depth.decide(view())).toMatchObject([{ do: 'launch', count: 2 }]);
    expect(depth.decide(view({ boxes: boxes(['busy', 0], ['idle', 0], ['idle', 0]), waiting: { tasks: 5, workMs: 1 } }))).toMatchObject([
      { do: 'launch', count: 1 },
    ]);
    expect(depth.decide(view({ boxes: boxes(['busy', 0], ['busy', 0]) }))).toMatchObject([{ do: 'launch', count: 1 }]);
    expect(depth.decide(view({ boxes: boxes(['busy', 0], ['idle', 0], ['idle', 9_399_999], ['idle', 9_500_000]) }))).toMatchObject([
      { do: 'stop', box: { id: 1 } },
      { do: 'stop', box: { id: 2 } },
    ]);
  });
  it('queue-ratio: a box for each task, stopped after a minute', () => {
    expect(ratio.decide(view({ boxes: boxes(['busy', 0]), waiting: { tasks: 3, workMs: 1 } }))).toMatchObject([{ do: 'launch', count: 3 }]);
    expect(ratio.decide(view({ boxes: boxes(['idle', 9_940_000], ['idle', 9_950_000]) }))).toMatchObject([{ do: 'stop', box: { id: 0 } }]);
  });
});
