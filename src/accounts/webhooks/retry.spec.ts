import { describe, expect, it } from 'vitest';
import { askedPause, pauseSeconds } from './retry.js';

describe('a webhook that was not taken', () => {
  it('is tried ten times over three days, then no more', () => {
    const pauses = Array.from({ length: 9 }, (_, i) => pauseSeconds(i + 1, 0, null)!);
    expect(pauses).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(pauses.reduce((a, b) => a + b) / 86_400).toBeCloseTo(3.15, 1);
    expect(pauseSeconds(10, 0, null)).toBeNull();
  });
  it('waits up to a tenth longer, by chance', () => {
    expect(pauseSeconds(2, 1, null)).toBeCloseTo(330);
    expect(pauseSeconds(2, 0.5, null)).toBeCloseTo(315);
  });
  it('waits as long as its receiver asks, up to a day, and never shorter than planned', () => {
    expect(pauseSeconds(1, 0, 600)).toBe(600);
    expect(pauseSeconds(1, 0, 10_000_000)).toBe(86_400);
    expect(pauseSeconds(3, 0, 10)).toBe(1800);
  });
  it('reads what a receiver asks for as seconds or as a date', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(askedPause('120', now)).toBe(120);
    expect(askedPause('Thu, 01 Jan 2026 00:02:00 GMT', now)).toBe(120);
    expect(askedPause('Thu, 01 Jan 2025 00:02:00 GMT', now)).toBe(0);
    for (const nonsense of [undefined, 'soon', '-5x', '']) expect(askedPause(nonsense, now), String(nonsense)).toBeNull();
  });
});
