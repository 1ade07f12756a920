import { describe, expect, it } from 'vitest';
import type { PriceList } from '../pricing/index.js';
import { advance, chargeBy, EXTREMES, finish, NOTHING_REPLAYED, type EndedJob } from './replay.js';

const UNITS = ['upscale_2', 'upscale_4', 'background_removal', 'matte', 'segment', 'face_restore', 'clean_up', 'smart_remove', 'video_frames_25'] as const;
const draft = (milli: bigint): PriceList => ({
  version: 0,
  effectiveFrom: new Date(0),
  note: '',
  prices: {
    image: { pixelsPerCredit: 262_144, minimumMilli: '1000', incrementMilli: '500', stepsIncluded: 30, controlNetMilli: '0', loraMilli: '0' },
    units: Object.fromEntries(UNITS.map((code) => [code, String(milli)])) as PriceList['prices']['units'],
  },
});
const tenant = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const job = (n: number, chargedMilli = 1000n, images = 1): EndedJob => ({
  tenantId: tenant(n),
  jobId: tenant(n),
  closedAt: '2026-11-01T00:00:00.000000Z',
  chargedMilli,
  quote: { items: [{ code: 'background_removal', images }], totalMilli: String(1000 * images) },
  costMicros: 7n,
});

describe('a replay', () => {
  it('charges the same share of the new quote as was charged of the old, rounded down', () => {
    expect(chargeBy(draft(1500n), job(1, 4000n, 4))).toBe(6000n);
    expect(chargeBy(draft(1501n), job(1, 1333n, 4))).toBe(2000n);
    expect(chargeBy(draft(1500n), job(1, 0n))).toBe(0n);
  });
  it('keeps what was free free, and says which items a draft cannot price', () => {
    expect(chargeBy(draft(9n), { chargedMilli: 0n, quote: { items: [{ code: 'mask', images: 1 }], totalMilli: '0' } })).toBe(0n);
    const unknown = { ...job(1), quote: { items: [{ code: 'background_removal' as const, images: 0.5 }], totalMilli: '1000' } };
    expect(advance(NOTHING_REPLAYED, draft(9n), [unknown])).toMatchObject({ jobs: 1, unpriced: 1, beforeMilli: '1000', afterMilli: '1000' });
  });
  it('comes to the same however it is cut into pages', () => {
    const jobs = Array.from({ length: 30 }, (_, i) => job(Math.floor(i / 4), BigInt(i) * 100n));
    const whole = finish(advance(NOTHING_REPLAYED, draft(1100n), jobs));
    for (const size of [1, 3, 7]) {
      let replay = NOTHING_REPLAYED;
      for (let i = 0; i < jobs.length; i += size) replay = advance(replay, draft(1100n), jobs.slice(i, i + size));
      expect(finish(replay)).toEqual(whole);
    }
    expect(whole).toMatchObject({ jobs: 30, costMicros: '210', beforeMilli: '43500', afterMilli: '47850', winners: [] });
  });
  it(`remembers the ${EXTREMES} largest differences, the largest first, and not more`, () => {
    const { losers, winners } = finish(
      advance(
        NOTHING_REPLAYED,
        draft(2000n),
        Array.from({ length: 50 }, (_, i) => job(i, BigInt(i) * 10n)),
      ),
    );
    expect(winners).toEqual([]);
    expect(losers.map((loser) => loser.tenantId)).toEqual(Array.from({ length: EXTREMES }, (_, i) => tenant(49 - i)));
  });
});
