import { describe, expect, it } from 'vitest';
import { dollarsToMicros } from './dollars.js';

describe('dollars', () => {
  it('are read to the millionth, without a float', () => {
    expect(['1.25', '0.000001', '4', '0.1'].map(dollarsToMicros)).toEqual(['1250000', '1', '4000000', '100000']);
  });
  it('that are no amount are refused', () => {
    expect(['', '-1', '1e3', '1.0000001', 'NaN', '1,5'].map(dollarsToMicros)).toEqual([null, null, null, null, null, null]);
  });
});
