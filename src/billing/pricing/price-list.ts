/** What a price list names beside pictures. One unit each; what a unit is stands in `pricing.dto.ts`. */
export const UNIT_CODES = [
  'upscale_2',
  'upscale_4',
  'background_removal',
  'matte',
  'segment',
  'face_restore',
  'clean_up',
  'smart_remove',
  'video_frames_25',
  'interpolation_frames_25',
  'talking_head_second',
  'film_clip',
  'film_assembly',
  'metered_second',
] as const;
export type UnitCode = (typeof UNIT_CODES)[number];

/** Amounts are milli-credits as integer strings, as stored. */
export interface ImagePrice {
  pixelsPerCredit: number;
  minimumMilli: string;
  /** The price by pixels is rounded up to a multiple of this. */
  incrementMilli: string;
  /** More steps cost in proportion. */
  stepsIncluded: number;
  controlNetMilli: string;
  loraMilli: string;
}

export interface Prices {
  image: ImagePrice;
  units: Record<UnitCode, string>;
}

export interface PriceList {
  version: number;
  effectiveFrom: Date;
  note: string;
  prices: Prices;
}
