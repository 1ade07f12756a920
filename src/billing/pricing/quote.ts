import type { PriceList, UnitCode } from './price-list.js';

/** What is asked for, in the terms of the price list. Pixels are those of one output picture. */
export type QuoteItem =
  | { code: 'image'; pixels: number; steps: number; images: number; modelFactor: 1 | 2; controlNets: number; loras: number }
  | { code: 'upscale'; factor: 2 | 4; images: number }
  | { code: 'background_removal'; images: number }
  | { code: 'unit'; unit: WorkUnit; quantity: number }
  /** Free, and listed all the same. */
  | { code: 'mask'; images: number };

/** Work that has one price a unit. Frames come in 25s begun. */
export type WorkUnit = keyof typeof WORK_UNITS;
const WORK_UNITS = {
  segment: 'Segmentation',
  matte: 'Matte',
  face_restore: 'Face restoration',
  clean_up: 'Clean-up',
  smart_remove: 'Smart remove',
  video_frames_25: 'Video, per 25 frames begun',
  interpolation_frames_25: 'Frames between frames, per 25 frames begun',
} as const satisfies Partial<Record<UnitCode, string>>;

/** Frames in 25s begun. */
export const framesBegun = (frames: number): number => Math.ceil(frames / 25);

/** `amountMilli` is exact; `unitMilli` is what one unit alone would cost, so quantity × unit may exceed the amount by the roundings saved. */
export interface QuoteLine {
  code: string;
  description: string;
  quantity: number;
  unitMilli: bigint;
  amountMilli: bigint;
}

/** Holds its input, so that it can be explained and computed again with the list of the same version. */
export interface Quote {
  priceListVersion: number;
  items: QuoteItem[];
  lines: QuoteLine[];
  totalMilli: bigint;
}

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const some = (n: number, singular: string, plural: string): string => `${n} ${n === 1 ? singular : plural}`;

/** The price of `items` by `list`: each line is rounded once, up to a milli-credit. Pure. @throws RangeError for counts that are not whole or are negative. */
export function quote(list: PriceList, items: readonly QuoteItem[]): Quote {
  const lines = items.flatMap((item) => linesOf(list, item));
  return { priceListVersion: list.version, items: structuredClone([...items]), lines, totalMilli: lines.reduce((sum, line) => sum + line.amountMilli, 0n) };
}

function linesOf(list: PriceList, item: QuoteItem): QuoteLine[] {
  for (const [name, value] of Object.entries(item)) {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`${name} of ${item.code} must be a whole number, not ${value}.`);
  }
  const { units } = list.prices;
  switch (item.code) {
    case 'image':
      return imageLines(list, item);
    case 'upscale':
      return [unitLine('upscale', `Upscale ×${item.factor}`, item.images, BigInt(units[`upscale_${item.factor}`]))];
    case 'unit':
      return [unitLine(item.unit, WORK_UNITS[item.unit], item.quantity, BigInt(units[item.unit]))];
    case 'mask':
      return [unitLine('mask', 'Mask', item.images, 0n)];
    case 'background_removal':
      return [unitLine('background_removal', 'Background removal', item.images, BigInt(units.background_removal))];
  }
}

/** Price by pixels, × steps, × 2 for large models, × pictures; modifiers are lines of their own, which neither steps nor model touch. */
function imageLines({ prices }: PriceList, item: Extract<QuoteItem, { code: 'image' }>): QuoteLine[] {
  const { image } = prices;
  const increment = max(1n, BigInt(image.incrementMilli));
  const byPixels = ceilDiv(BigInt(item.pixels) * 1000n, BigInt(image.pixelsPerCredit) * increment) * increment;
  const stepsIncluded = BigInt(image.stepsIncluded);
  // Kept as a fraction over `stepsIncluded` until the line is complete.
  const each = max(BigInt(image.minimumMilli), byPixels) * max(stepsIncluded, BigInt(item.steps)) * BigInt(item.modelFactor);
  const what = `${some(item.images, 'picture', 'pictures')} of ${(item.pixels / 1e6).toFixed(2)} megapixels, ${some(item.steps, 'step', 'steps')}${item.modelFactor === 2 ? ', large model' : ''}`;
  const lines = [
    {
      code: 'image',
      description: what,
      quantity: item.images,
      unitMilli: ceilDiv(each, stepsIncluded),
      amountMilli: ceilDiv(each * BigInt(item.images), stepsIncluded),
    },
  ];
  if (item.controlNets > 0)
    lines.push(
      unitLine(
        'control_net',
        `${some(item.controlNets, 'ControlNet', 'ControlNets')} per picture`,
        item.controlNets * item.images,
        BigInt(image.controlNetMilli),
      ),
    );
  if (item.loras > 0) lines.push(unitLine('lora', `${some(item.loras, 'LoRA', 'LoRAs')} per picture`, item.loras * item.images, BigInt(image.loraMilli)));
  return lines;
}

const unitLine = (code: string, description: string, quantity: number, unitMilli: bigint): QuoteLine => ({
  code,
  description,
  quantity,
  unitMilli,
  amountMilli: unitMilli * BigInt(quantity),
});

/** A quote as JSON: amounts are integer strings of milli-credits. */
export interface QuoteJson {
  priceListVersion: number;
  items: QuoteItem[];
  lines: { code: string; description: string; quantity: number; unitMilli: string; amountMilli: string }[];
  totalMilli: string;
}

export const quoteJson = (quote: Quote): QuoteJson => ({
  priceListVersion: quote.priceListVersion,
  items: quote.items,
  lines: quote.lines.map((line) => ({ ...line, unitMilli: String(line.unitMilli), amountMilli: String(line.amountMilli) })),
  totalMilli: String(quote.totalMilli),
});

export const parseQuote = (json: QuoteJson): Quote => ({
  priceListVersion: json.priceListVersion,
  items: json.items,
  lines: json.lines.map((line) => ({ ...line, unitMilli: BigInt(line.unitMilli), amountMilli: BigInt(line.amountMilli) })),
  totalMilli: BigInt(json.totalMilli),
});
