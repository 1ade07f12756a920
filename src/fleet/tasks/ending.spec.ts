import { describe, expect, it } from 'vitest';
import { endingOf, type AttemptReport, type EndingTask } from './ending.js';

const running: EndingTask = { state: 'running', failures: 0, lostBoxes: [], overtime: false };
const failed = (errorClass: 'input' | 'task' | 'box'): AttemptReport => ({
  kind: 'failed',
  error: { class: errorClass, code: 'engine_crash', message: 'it broke' },
});

describe('what an ended attempt makes of its task', () => {
  it('done is done, and its seconds count', () => {
    expect(endingOf(running, 'b1', { kind: 'done' }, 5000)).toMatchObject({ state: 'done', wasted: false, outcome: 'done' });
  });

  it("a fault of the user's input ends it at once, and the seconds are the user's", () => {
    expect(endingOf(running, 'b1', failed('input'), 5000)).toMatchObject({ state: 'failed', failures: 0, wasted: false });
  });

  it('an error of the task is tried three times, with pauses that double, and then is final', () => {
    const first = endingOf(running, 'b1', failed('task'), 5000);
    expect(first).toMatchObject({ state: 'ready', failures: 1, pauseMs: 5000, keepsTag: false, wasted: true });
    const second = endingOf({ ...running, failures: 1 }, 'b1', failed('task'), 5000);
    expect(second).toMatchObject({ state: 'ready', failures: 2, pauseMs: 10_000 });
    expect(endingOf({ ...running, failures: 2 }, 'b1', failed('task'), 5000)).toMatchObject({ state: 'failed', failures: 3, error: { code: 'engine_crash' } });
  });

  it('three distinct boxes that died under it make it poison; the same box counts once', () => {
    expect(endingOf({ ...running, lostBoxes: ['b1', 'b2'] }, 'b2', { kind: 'lost' }, 5000)).toMatchObject({
      state: 'ready',
      lostBoxes: ['b1', 'b2'],
      keepsTag: true,
    });
    expect(endingOf({ ...running, lostBoxes: ['b1', 'b2'] }, 'b3', { kind: 'lost' }, 5000)).toMatchObject({ state: 'failed', error: { code: 'poison_task' } });
  });

  it('a notice, a drain or a forgotten lease counts in no counter and keeps the place in the line', () => {
    for (const report of [{ kind: 'released', reason: 'spot_notice' }, { kind: 'forgotten' }] as const) {
      expect(endingOf({ ...running, failures: 2, lostBoxes: ['b1', 'b2'] }, 'b3', report, 5000)).toMatchObject({
        state: 'ready',
        failures: 2,
        lostBoxes: ['b1', 'b2'],
        keepsTag: true,
        pauseMs: 0,
        wasted: true,
      });
    }
  });

  it('a stop that nobody asked for counts as a failure, so that it ends', () => {
    expect(endingOf(running, 'b1', { kind: 'stopped' }, 5000)).toMatchObject({ state: 'ready', failures: 1, pauseMs: 5000, reason: 'stopped_unasked' });
    expect(endingOf({ ...running, failures: 2 }, 'b1', { kind: 'stopped' }, 5000)).toMatchObject({ state: 'failed', error: { code: 'stopped_unasked' } });
  });

  it('a cancelled task never runs again, however its attempt ends; finished work is not thrown away', () => {
    const stopping: EndingTask = { ...running, state: 'stopping' };
    for (const report of [{ kind: 'stopped' }, { kind: 'lost' }, { kind: 'released', reason: 'drain' }, failed('task'), failed('input')] as const)
      expect(endingOf(stopping, 'b1', report, 5000).state).toBe('canceled');
    expect(endingOf(stopping, 'b1', { kind: 'done' }, 5000).state).toBe('done');
  });

  it('work up to the stop is metered when the user asked for it, wasted when the box died', () => {
    expect(endingOf({ ...running, state: 'stopping' }, 'b1', { kind: 'stopped' }, 0).wasted).toBe(false);
    expect(endingOf({ ...running, state: 'stopping' }, 'b1', { kind: 'lost' }, 0).wasted).toBe(true);
  });

  it('an attempt past its time limit is a failure of the task, whoever reports it', () => {
    for (const report of [{ kind: 'stopped' }, { kind: 'forgotten' }, { kind: 'lost' }] as const)
      expect(endingOf({ ...running, overtime: true }, 'b1', report, 5000)).toMatchObject({ state: 'ready', failures: 1, reason: 'timeout' });
  });
});
