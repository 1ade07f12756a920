import { describe, expect, it } from 'vitest';
import { Meter } from './meter.js';

describe('meter', () => {
  it('counts every millisecond once, as load or as work', () => {
    let now = 1_000;
    const meter = new Meter(() => now);
    now += 300;
    expect(meter.read()).toEqual({ loadMs: 300, workMs: 0 });
    now += 200;
    meter.startWork();
    now += 1_500;
    expect(meter.read()).toEqual({ loadMs: 500, workMs: 1_500 });
    meter.stop();
    now += 9_000;
    expect(meter.read()).toEqual({ loadMs: 500, workMs: 1_500 });
  });

  it('does not lose fractions over many readings', () => {
    let now = 0;
    const meter = new Meter(() => now);
    meter.startWork();
    for (let i = 0; i < 1_000; i++) {
      now += 0.4;
      meter.read();
    }
    expect(meter.read()).toEqual({ loadMs: 0, workMs: 400 });
  });
});
