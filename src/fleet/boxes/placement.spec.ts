import { describe, expect, it } from 'vitest';
import type { VramUse } from '@atelier/contracts';
import type { QueuedTask } from '../tasks/index.js';
import { chooseTask, type AskingBox } from './placement.js';

const file = (digest: string, vramMb: number, maxParallelPerGpu?: number): QueuedTask['weights'][number] => ({ digest, vramMb, maxParallelPerGpu });
/** Of its own model, whose only file takes all of its memory. */
const task = (taskId: string, tierTag: number, vramMb = 1000, more: Partial<QueuedTask> = {}): QueuedTask => ({
  ...{ taskId, attempt: 1, laneId: 'lane', ability: 'builtin:txt2img', tierTag, tierWeight: 1, tag: tierTag, cost: 10, vramMb },
  weights: [file(taskId, vramMb)],
  ...more,
});
const box: AskingBox = { abilities: ['builtin:txt2img'], loaded: [], cached: [], vramMb: 16_000, slots: 8, on: [] };

/** Everything the box takes in one go. */
function takes(asking: AskingBox, waiting: readonly QueuedTask[]): string[] {
  const taken: string[] = [];
  let [on, left] = [asking.on, waiting];
  for (let next; (next = chooseTask({ ...asking, on }, left));) {
    const { taskId } = next;
    taken.push(taskId);
    on = [...on, next];
    left = left.filter((other) => other.taskId !== taskId);
  }
  return taken;
}

describe('the task a box takes next', () => {
  it('is the one whose turn it is: by tag of the tier, the heavier tier, tag of the tenant', () => {
    const waiting = [
      task('d', 20),
      task('a', 5),
      task('c', 7, 1000, { tag: 9 }),
      task('b', 7, 1000, { tierWeight: 2, tag: 100 }),
      task('b2', 7, 1000, { tag: 8 }),
    ];
    expect(takes(box, waiting)).toEqual(['a', 'b', 'b2', 'c', 'd']);
  });
  it('is one it can run, whatever else waits in the same lane', () => {
    expect(takes(box, [task('a', 5, 1000, { ability: 'onnx:matte' }), task('b', 6)])).toEqual(['b']);
  });
  it('is no other while all slots are taken', () => {
    expect(takes({ ...box, slots: 2 }, [task('a', 1), task('b', 2), task('c', 3)])).toEqual(['a', 'b']);
  });
});

describe('memory of a card', () => {
  it('holds as many tasks as fit, the large among the small: 2 + 2 + 6 of 16 GB, and 10 waits', () => {
    expect(takes(box, [task('two', 1, 2000), task('six', 2, 6000), task('ten', 3, 10_000), task('deux', 4, 2000)])).toEqual(['two', 'six', 'deux']);
  });
  it('is full to the last MiB and not beyond', () => {
    expect(takes(box, [task('a', 1, 10_000), task('b', 2, 6000), task('c', 3, 1)])).toEqual(['a', 'b']);
    expect(takes(box, [task('a', 1, 10_000), task('b', 2, 6001)])).toEqual(['a']);
  });
  it('never holds a task that is larger than it, and that one stands in nobody’s way', () => {
    const later = [task('a', 1, 1000), task('b', 500, 1000)];
    expect(takes(box, [task('huge', 0, 16_001), ...later])).toEqual(['a', 'b']);
  });
  it('holds weights once that tasks share', () => {
    const base = file('base', 12_000);
    const together = [1, 2, 3].map((n) => task(`t${n}`, n, 13_000, { weights: [base] }));
    expect(takes(box, [...together, task('other', 4, 2000)])).toEqual(['t1', 't2', 't3']);
  });
  it('of a box without a GPU is not counted', () => {
    expect(takes({ ...box, vramMb: Infinity }, [task('a', 1, 90_000), task('b', 2, 90_000)])).toEqual(['a', 'b']);
  });
});

describe('maxParallelPerGpu', () => {
  it('caps the tasks of one model, those on the box included, and no others', () => {
    const [detector, matte] = [file('detector', 2000, 2), file('matte', 6000, 1)];
    const of = (weights: QueuedTask['weights'][number], id: string, turn: number): QueuedTask => task(id, turn, weights.vramMb, { weights: [weights] });
    const waiting = [of(detector, 'd1', 1), of(detector, 'd2', 2), of(detector, 'd3', 3), of(matte, 'm1', 4), of(matte, 'm2', 5), task('plain', 6)];
    expect(takes(box, waiting)).toEqual(['d1', 'd2', 'm1', 'plain']);
    expect(takes({ ...box, on: [of(detector, 'd0', 0)] }, waiting)).toEqual(['d1', 'm1', 'plain']);
  });
});

describe('overtaking', () => {
  const one = { ...box, slots: 1 };
  it('is allowed to one whose weights are loaded, though not for longer than runway × largest unit', () => {
    const warm = { ...one, loaded: ['b'] };
    expect(chooseTask(warm, [task('a', 5), task('b', 35)])?.taskId).toBe('b');
    expect(chooseTask(warm, [task('a', 5), task('b', 36)])?.taskId).toBe('a');
  });
  it('puts loaded weights before those on disk before the turn, within the bound', () => {
    const near = { ...box, slots: 4, loaded: ['c', 'd'], cached: ['b', 'c'] };
    expect(takes(near, [task('a', 5), task('b', 6), task('c', 7), task('d', 500)])).toEqual(['c', 'b', 'a', 'd']);
  });
  it('puts tasks together that share weights, also those just taken', () => {
    const shared = [file('base', 4000)];
    const waiting = [task('a1', 0, 4000, { weights: shared }), task('b', 10), task('a2', 20, 4000, { weights: shared })];
    expect(takes(box, waiting)).toEqual(['a1', 'a2', 'b']);
  });
  it('by smaller ones ends at the same bound: the box then keeps its room for the task whose turn it is', () => {
    const on: VramUse[] = [task('running', 0, 8000)];
    const busy = { ...box, slots: 2, on };
    expect(chooseTask(busy, [task('large', 5, 10_000), task('small', 45)])?.taskId).toBe('small');
    expect(chooseTask(busy, [task('large', 5, 10_000), task('small', 46)])).toBeUndefined();
    expect(chooseTask({ ...busy, on: [] }, [task('large', 5, 10_000), task('small', 46)])?.taskId).toBe('large');
  });
});
