import { describe, expect, it } from 'vitest';
import { preferredWait } from './job-ends.service.js';

describe('the wish to wait', () => {
  it.each([
    ['wait=30', 30],
    ['respond-async, wait=5', 5],
    ['WAIT = "7"', 7],
    ['wait=3600', 60],
    ['wait=0', 0],
  ] as const)('%s is %i seconds', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds);
  });
  it.each([undefined, '', 'respond-async', 'await=5', 'wait=soon'])('%s is none', (header) => {
    expect(preferredWait(header)).toBeUndefined();
  });
});
