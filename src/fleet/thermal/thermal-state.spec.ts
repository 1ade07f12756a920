import { describe, expect, it } from 'vitest';
import { decide, serviceOf, stateOf, targetOf } from './thermal-state.js';

describe('AUTOMATIC', () => {
  it('is hot from two requests a minute on, cold after fifteen idle minutes, warm between', () => {
    expect([decide(2, 0), decide(1.9, 0), decide(0, 14.9), decide(0, 15)]).toEqual(['HOT', 'WARM', 'WARM', 'COLD']);
  });
});
describe('where weights are to be', () => {
  const now = new Date(1_000_000);
  it('is warm until its time is over, then cold', () => {
    const warm = { mode: 'WARM', decided: 'HOT' } as const;
    expect(targetOf({ ...warm, warmUntil: new Date(1_000_001) }, now)).toBe('WARM');
    expect(targetOf({ ...warm, warmUntil: now }, now)).toBe('COLD');
    expect(targetOf({ ...warm, warmUntil: null }, now)).toBe('COLD');
  });
  it('is what was decided last under AUTOMATIC', () => {
    expect(targetOf({ mode: 'AUTOMATIC', decided: 'HOT', warmUntil: null }, now)).toBe('HOT');
  });
});
describe('where weights are', () => {
  it('counts a box only when it has every file', () => {
    expect(stateOf('HOT', ['a', 'b'], [{ loaded: ['a'], cached: ['b'] }])).toBe('WARM');
    expect(stateOf('HOT', ['a', 'b'], [{ loaded: ['a', 'b'], cached: [] }])).toBe('HOT');
    expect(
      stateOf(
        'WARM',
        ['a', 'b'],
        [
          { loaded: [], cached: ['a'] },
          { loaded: [], cached: ['b'] },
        ],
      ),
    ).toBe('COLD');
    expect(stateOf('OFF', ['a'], [{ loaded: ['a'], cached: [] }])).toBe('OFF');
  });
});
it('service is disabled by OFF, and without a box degraded or offline', () => {
  expect([serviceOf('OFF', true, true), serviceOf('COLD', true, false), serviceOf('HOT', false, true), serviceOf('HOT', false, false)]).toEqual([
    'DISABLED',
    'RUNNING',
    'DEGRADED',
    'OFFLINE',
  ]);
});
