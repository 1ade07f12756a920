import { formatCredits, parseCredits } from '../plans/index.js';
import { UNIT_CODES, type Prices, type UnitCode } from './price-list.js';
import type { ImagePriceDto, UnitPricesDto } from './pricing.dto.js';

export interface PricesDto {
  image: ImagePriceDto;
  units: UnitPricesDto;
}

const eachUnit = (units: Record<UnitCode, string>, change: (amount: string) => string): Record<UnitCode, string> =>
  Object.fromEntries(UNIT_CODES.map((code) => [code, change(units[code])])) as Record<UnitCode, string>;

const toMilli = (credits: string): string => String(parseCredits(credits));
const toCredits = (milli: string): string => formatCredits(BigInt(milli));

/** Prices as a request gives them, in credits → as stored, in milli-credits. */
export function toPrices({ image, units }: PricesDto): Prices {
  const { pixelsPerCredit, stepsIncluded } = image;
  return {
    image: {
      pixelsPerCredit,
      stepsIncluded,
      minimumMilli: toMilli(image.minimum),
      incrementMilli: toMilli(image.increment),
      controlNetMilli: toMilli(image.controlNet),
      loraMilli: toMilli(image.lora),
    },
    units: eachUnit(units, toMilli),
  };
}

/** As stored → as answered. */
export function toPricesDto({ image, units }: Prices): PricesDto {
  const { pixelsPerCredit, stepsIncluded } = image;
  return {
    image: {
      pixelsPerCredit,
      stepsIncluded,
      minimum: toCredits(image.minimumMilli),
      increment: toCredits(image.incrementMilli),
      controlNet: toCredits(image.controlNetMilli),
      lora: toCredits(image.loraMilli),
    },
    units: eachUnit(units, toCredits),
  };
}
