import { describe, expect, it } from 'vitest';
import { afterCancel, canMove, isTerminal, mayBecome, ON_BOX, TASK_STATES } from './task-state.js';

describe('the states of a task', () => {
  it('end in done, failed or canceled, and those are final', () => {
    expect(TASK_STATES.filter(isTerminal)).toEqual(['done', 'failed', 'canceled']);
    for (const state of TASK_STATES.filter(isTerminal)) expect(TASK_STATES.some((to) => canMove(state, to))).toBe(false);
  });

  it('can all reach an end', () => {
    const ending = new Set(TASK_STATES.filter(isTerminal));
    for (let round = 0; round < TASK_STATES.length; round++)
      for (const state of TASK_STATES) if (TASK_STATES.some((to) => canMove(state, to) && ending.has(to))) ending.add(state);
    expect([...ending].sort()).toEqual([...TASK_STATES].sort());
  });

  it('let a box receive only what has a ticket', () => {
    expect(mayBecome('leased')).toEqual(['queued']);
  });

  it('never let a cancelled task run again', () => {
    expect(canMove('stopping', 'ready')).toBe(false);
    expect(canMove('stopping', 'running')).toBe(false);
  });

  it('change on cancel only along the graph: at once off a box, by asking on one', () => {
    for (const state of TASK_STATES) {
      const next = afterCancel(state);
      expect(next === state || canMove(state, next)).toBe(true);
      if (!isTerminal(state)) expect(next).toBe(ON_BOX.includes(state) ? 'stopping' : 'canceled');
    }
  });
});
