import { describe, expect, it } from 'vitest';
import type { RateCard } from '../../billing/usage/index.js';
import type { BoxPiece } from '../metering/index.js';
import { BOX_CLASSES, cutsOf, daysOf, priced, sumUp } from './box-hours.js';

const at = (text: string): Date => new Date(`2026-03-${text}Z`);
const range = { from: at('10T06:00'), to: at('12T00:00') };
const card = (gpuClass: RateCard['gpuClass'], from: string, usdMicrosPerHour: bigint): RateCard => ({
  version: 1,
  gpuClass,
  capacity: 'spot',
  usdMicrosPerHour,
  effectiveFrom: at(from),
});
const cards = [card('L4', '11T09:30', 900_000n), card('T4', '01T00:00', 350_000n), card('L4', '01T00:00', 700_000n), card('L4', '20T00:00', 1n)];
const piece = (from: string, change: Partial<BoxPiece> = {}): BoxPiece => ({
  ...{ poolId: 'p', gpuClass: 'L4', capacity: 'spot', from: at(from) },
  ...{ work: 0, load: 0, boot: 0, idle: 3_600_000, drain: 0, wasted: 0, silent: 0, lifetime: 3_600_000 },
  ...change,
});

describe('hours of boxes', () => {
  it('are cut at midnights and where any card begins, within the range', () => {
    expect(daysOf(range)).toEqual([at('10T06:00'), at('11T00:00')]);
    expect(cutsOf(range, cards)).toEqual([at('10T06:00'), at('11T00:00'), at('11T09:30'), at('12T00:00')]);
  });
  it('have the rate of the newest card of their class and capacity that has begun; without one they cost nothing', () => {
    expect(priced(piece('11T00:00'), cards).micros.idle).toBe(700_000n);
    expect(priced(piece('11T09:30'), cards).micros.idle).toBe(900_000n);
    expect(priced(piece('11T09:30', { capacity: 'on_demand' }), cards).micros.idle).toBe(0n);
  });
  it('silence is waste, and beside all attempts; waste of attempts is not', () => {
    const { ms, micros, overheadMicros } = priced(piece('11T00:00', { idle: 0, wasted: 1_800_000, silent: 1_800_000 }), cards);
    expect([ms.wasted, micros.wasted, overheadMicros]).toEqual([3_600_000, 700_000n, 350_000n]);
  });
  it('add up', () => {
    const { ms, micros, lifetimeMs } = sumUp([priced(piece('10T06:00'), cards), priced(piece('11T09:30', { idle: 600_000, boot: 3_000_000 }), cards)]);
    expect(BOX_CLASSES.reduce((sum, of) => sum + ms[of], 0)).toBe(lifetimeMs);
    expect([micros.idle, micros.boot]).toEqual([850_000n, 750_000n]);
  });
});
