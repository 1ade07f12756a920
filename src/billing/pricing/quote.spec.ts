import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PriceList } from './price-list.js';
import { parseQuote, quote, quoteJson, type QuoteItem } from './quote.js';

const first: PriceList = {
  version: 1,
  effectiveFrom: new Date('2026-01-01'),
  note: 'as seeded',
  prices: {
    image: { pixelsPerCredit: 262_144, minimumMilli: '1000', incrementMilli: '500', stepsIncluded: 30, controlNetMilli: '1000', loraMilli: '500' },
    units: {
      upscale_2: '2000',
      upscale_4: '3000',
      background_removal: '1000',
      matte: '1000',
      segment: '1000',
      face_restore: '2000',
      clean_up: '2000',
      smart_remove: '2000',
      video_frames_25: '25000',
      interpolation_frames_25: '2000',
      talking_head_second: '5000',
      film_clip: '25000',
      film_assembly: '2000',
      metered_second: '300',
    },
  },
};
const image = (change: Partial<Extract<QuoteItem, { code: 'image' }>> = {}): QuoteItem => ({
  code: 'image',
  pixels: 512 * 512,
  steps: 20,
  images: 1,
  modelFactor: 1,
  controlNets: 0,
  loras: 0,
  ...change,
});
const total = (...items: QuoteItem[]): bigint => quote(first, items).totalMilli;

const anyItem: fc.Arbitrary<QuoteItem> = fc.oneof(
  fc.record({
    code: fc.constant('image' as const),
    pixels: fc.integer({ min: 64 * 64, max: 4096 * 4096 }),
    steps: fc.integer({ min: 1, max: 150 }),
    images: fc.integer({ min: 1, max: 80 }),
    modelFactor: fc.constantFrom(1 as const, 2 as const),
    controlNets: fc.integer({ min: 0, max: 4 }),
    loras: fc.integer({ min: 0, max: 8 }),
  }),
  fc.record({ code: fc.constant('upscale' as const), factor: fc.constantFrom(2 as const, 4 as const), images: fc.integer({ min: 1, max: 80 }) }),
  fc.record({ code: fc.constant('background_removal' as const), images: fc.integer({ min: 1, max: 80 }) }),
);

describe('the price of a picture', () => {
  it.each([
    ['512² costs 1', { pixels: 512 * 512 }, 1000n],
    ['1024² costs 4', { pixels: 1024 * 1024 }, 4000n],
    ['a small one costs at least 1', { pixels: 64 * 64 }, 1000n],
    ['one pixel more than 512² is rounded up to 1.5', { pixels: 512 * 512 + 1 }, 1500n],
    ['768² (2.25) is rounded up to 2.5', { pixels: 768 * 768 }, 2500n],
    ['512 × 768 is exactly 1.5', { pixels: 512 * 768 }, 1500n],
    ['30 steps are included', { steps: 30 }, 1000n],
    ['45 steps cost half as much again', { steps: 45 }, 1500n],
    ['31 steps: 1033.33 is rounded up at the line', { steps: 31 }, 1034n],
    ['three of them are exact together: rounded once, at the line', { steps: 31, images: 3 }, 3100n],
    ['a large model doubles', { modelFactor: 2 }, 2000n],
    ['a large model doubles before it is rounded', { modelFactor: 2, steps: 31 }, 2067n],
    ['ControlNets add 1 each and picture', { controlNets: 2, images: 4 }, 12_000n],
    ['LoRAs add 0.5 each and picture', { loras: 3, images: 2 }, 5000n],
    ['neither steps nor a large model touch the modifiers', { steps: 60, modelFactor: 2, controlNets: 1, loras: 1 }, 5500n],
    ['the largest: 4096², 150 steps, 80 pictures, large model', { pixels: 4096 * 4096, steps: 150, images: 80, modelFactor: 2 }, 51_200_000n],
  ] as const)('%s', (_, change, milli) => {
    expect(total(image(change))).toBe(milli);
  });

  it('a unit is quoted as if alone, the line exactly', () => {
    expect(quote(first, [image({ steps: 31, images: 3 })]).lines).toEqual([
      { code: 'image', description: '3 pictures of 0.26 megapixels, 31 steps', quantity: 3, unitMilli: 1034n, amountMilli: 3100n },
    ]);
  });
});

describe('other prices', () => {
  it.each([
    ['upscale ×2', { code: 'upscale', factor: 2, images: 1 }, 2000n],
    ['upscale ×4', { code: 'upscale', factor: 4, images: 2 }, 6000n],
    ['background removal', { code: 'background_removal', images: 3 }, 3000n],
  ] as const)('%s', (_, item, milli) => {
    expect(total(item)).toBe(milli);
  });
  it('several items add up line by line', () => {
    expect(quote(first, [image({ loras: 1 }), { code: 'upscale', factor: 4, images: 1 }]).lines.map((line) => [line.code, line.amountMilli])).toEqual([
      ['image', 1000n],
      ['lora', 500n],
      ['upscale', 3000n],
    ]);
  });
  it('nothing costs nothing', () => {
    expect(total()).toBe(0n);
  });
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d pictures are refused', (images) => {
    expect(() => total({ code: 'background_removal', images })).toThrow(RangeError);
  });
});

describe('every quote', () => {
  it('is the sum of its lines, and each line lies within one milli-credit above its exact price', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 5 }), (items) => {
        const { lines, totalMilli } = quote(first, items);
        expect(lines.reduce((sum, line) => sum + line.amountMilli, 0n)).toBe(totalMilli);
        for (const line of lines) {
          const atMost = line.unitMilli * BigInt(line.quantity);
          expect(line.amountMilli <= atMost && line.amountMilli > atMost - BigInt(line.quantity)).toBe(true);
        }
      }),
    );
  });
  it('of more pixels, steps or pictures never costs less, and a batch never more than its pictures one by one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4096, max: 4_000_000 }),
        fc.integer({ min: 1, max: 149 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1 as const, 2 as const),
        (pixels, steps, images, modelFactor) => {
          const one = { pixels, steps, modelFactor };
          expect(total(image({ ...one, pixels: pixels + 1 })) >= total(image(one))).toBe(true);
          expect(total(image({ ...one, steps: steps + 1 })) >= total(image(one))).toBe(true);
          expect(total(image({ ...one, images: images + 1 })) > total(image({ ...one, images }))).toBe(true);
          expect(total(image({ ...one, images })) <= total(image(one)) * BigInt(images)).toBe(true);
        },
      ),
    );
  });
  it('survives JSON, and its list computes it again to the last milli-credit', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 5 }), (items) => {
        const made = quote(first, items);
        const stored = parseQuote(JSON.parse(JSON.stringify(quoteJson(made))) as ReturnType<typeof quoteJson>);
        expect(stored).toEqual(made);
        expect(quote(first, stored.items)).toEqual(made);
      }),
    );
  });
  it('names the version it was made with; a newer list does not change it', () => {
    const dearer: PriceList = { ...first, version: 2, prices: { ...first.prices, image: { ...first.prices.image, minimumMilli: '9000' } } };
    const made = quote(first, [image()]);
    expect([made.priceListVersion, quote(dearer, [image()]).totalMilli, quote(first, made.items).totalMilli]).toEqual([1, 9000n, 1000n]);
  });
});
