import { describe, expect, it } from 'vitest';
import { dollarsOf, microsOf } from './dollars.js';

describe('dollars in a form', () => {
  it('become millionths to the cent, with a point or a comma', () => {
    expect([microsOf('50'), microsOf('49.9'), microsOf('0,07')]).toEqual(['50000000', '49900000', '70000']);
  });
  it('become millionths to the last one, where prices are that fine', () => {
    expect(['1.25', '0.000001', '0.1', '1.0000001'].map((text) => microsOf(text, 6))).toEqual(['1250000', '1', '100000', null]);
  });
  it.each(['', '-1', 'much', '1e3', '1.234', 'NaN', '12345678901'])('"%s" is no amount', (text) => {
    expect(microsOf(text)).toBeNull();
  });
  it('are written again as short as they can be', () => {
    expect([dollarsOf('50000000'), dollarsOf('49900000'), dollarsOf('70000'), dollarsOf('1')]).toEqual(['50', '49.90', '0.07', '0.000001']);
  });
});
