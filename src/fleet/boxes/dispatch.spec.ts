import { describe, expect, it } from 'vitest';
import { chooseWaiting, LOOK_AHEAD, OVERTAKEN_MAX_MS, placeTask, type DispatchBox } from './dispatch.js';

const box = (more: Partial<DispatchBox<string>> = {}): DispatchBox<string> => ({
  state: 'idle',
  sinceMs: 0,
  model: null,
  freeAtMs: 0,
  promised: false,
  ...more,
});
const place = (model: string, boxes: DispatchBox<string>[], worth: Record<string, number> = {}): ReturnType<typeof placeTask<string, DispatchBox<string>>> =>
  placeTask(model, boxes, 1000, 500, (name) => worth[name] ?? 0);

describe('placing a task', () => {
  it('takes the idle box that has its weights, of several the one that was busy last', () => {
    const [cold, hot, hotter] = [box({ model: 'b' }), box({ model: 'a', sinceMs: 1 }), box({ model: 'a', sinceMs: 2 })];
    expect(place('a', [cold, hot, hotter])).toEqual({ box: hotter, now: true });
  });
  it('waits for a busy box that has its weights and ends before they could be loaded elsewhere', () => {
    const busy = box({ state: 'busy', model: 'a', freeAtMs: 1400 });
    expect(place('a', [box(), busy])).toEqual({ box: busy, now: false });
    expect(place('a', [box(), { ...busy, freeAtMs: 1501 }])).toMatchObject({ now: true });
    expect(place('a', [box(), { ...busy, promised: true }])).toMatchObject({ now: true });
  });
  it('has the weights overwritten that are missed least, an empty box first', () => {
    const [rare, popular, empty] = [box({ model: 'rare' }), box({ model: 'popular' }), box()];
    expect(place('a', [popular, rare], { popular: 9, rare: 1 })).toEqual({ box: rare, now: true });
    expect(place('a', [popular, rare, empty], { popular: 9, rare: 1 })).toEqual({ box: empty, now: true });
  });
  it('waits its turn where no box is idle', () => {
    expect(place('a', [box({ state: 'busy', model: 'a', freeAtMs: 1100 }), box({ state: 'booting' })])).toBeNull();
  });
});

describe('what a box takes of a line', () => {
  const line = (...models: string[]): { model: string; readySinceMs: number }[] => models.map((model) => ({ model, readySinceMs: 0 }));

  it('is the first task of its weights, within sight', () => {
    expect(chooseWaiting('c', line('a', 'b', 'c', 'c'), 10)).toBe(2);
    expect(chooseWaiting('z', line('a', 'b'), 10)).toBe(0);
    expect(chooseWaiting('z', line(...Array.from({ length: LOOK_AHEAD }, () => 'a'), 'z'), 10)).toBe(0);
    expect(chooseWaiting('a', [], 10)).toBe(-1);
  });
  it('is the head of the line, once that has been overtaken for a minute', () => {
    expect(chooseWaiting('b', line('a', 'b'), OVERTAKEN_MAX_MS - 1)).toBe(1);
    expect(chooseWaiting('b', line('a', 'b'), OVERTAKEN_MAX_MS)).toBe(0);
  });
});
