/**
 * From a hard mask on a middle-sized copy to soft alpha and clean colours on the full picture. Guided filter (He et al. 2010) whose
 * coefficients are computed small and used large; colours of half-covered pixels are un-mixed from the background around them
 * (Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021). The full picture is walked once, without planes of its size.
 */
import type { Picture } from '../picture.js';
import type { Frame } from './letterbox.js';
import { boxMean, type Plane } from './planes.js';

/** Radius of the guided filter and of colour estimation, as shares of the longer side of the copy. */
const SOFTNESS = 0.008;
const COLOUR_REACH = 0.02;
/** Variance of luminance (0 … 1) below which an edge is noise. */
const EPSILON = 4e-4;
/** The filter leaves a haze: alpha below and above these is none and all. */
const NONE = 0.12;
const ALL = 0.88;

export interface Refined {
  frame: Frame;
  /** alpha = gain · luminance + offset, luminance 0 … 1. */
  gain: Plane;
  offset: Plane;
  /** Mean colours of subject and background around each pixel, three planes each, 0 … 255. */
  subject: Plane[];
  background: Plane[];
}

export function refineEdge(copy: Picture, mask: Plane, frame: Frame): Refined {
  const { width, height } = mask;
  const side = Math.max(width, height);
  const guide = luminanceOf(copy);
  const { gain, offset } = guidedCoefficients(guide, mask, Math.max(2, Math.round(side * SOFTNESS)));
  const alpha = mask.data.map((_, i) => contrasted(gain.data[i]! * guide.data[i]! + offset.data[i]!));
  const radius = Math.max(3, Math.round(side * COLOUR_REACH));
  const subject = meanColours(copy, { width, height, data: alpha }, radius);
  const background = meanColours(copy, { width, height, data: alpha.map((a) => 1 - a) }, radius);
  return { frame, gain, offset, subject, background };
}

function guidedCoefficients(guide: Plane, mask: Plane, radius: number): { gain: Plane; offset: Plane } {
  const { width, height } = guide;
  const times = (a: Plane, b: Plane): Plane => ({ width, height, data: a.data.map((v, i) => v * b.data[i]!) });
  const meanGuide = boxMean(guide, radius),
    meanMask = boxMean(mask, radius);
  const meanSquare = boxMean(times(guide, guide), radius),
    meanProduct = boxMean(times(guide, mask), radius);
  const gain = meanGuide.data.map((g, i) => (meanProduct.data[i]! - g * meanMask.data[i]!) / (meanSquare.data[i]! - g * g + EPSILON));
  const offset = meanMask.data.map((m, i) => m - gain[i]! * meanGuide.data[i]!);
  return { gain: boxMean({ width, height, data: gain }, radius), offset: boxMean({ width, height, data: offset }, radius) };
}

function meanColours({ data, channels }: Picture, weight: Plane, radius: number): Plane[] {
  const { width, height } = weight;
  const total = boxMean(weight, radius).data;
  return [0, 1, 2].map((c) => {
    const sum = boxMean({ width, height, data: weight.data.map((w, i) => w * data[i * channels + c]!) }, radius).data;
    return { width, height, data: sum.map((s, i) => s / Math.max(1e-3, total[i]!)) };
  });
}

function luminanceOf({ width, height, data, channels }: Picture): Plane {
  return { width, height, data: Float32Array.from({ length: width * height }, (_, i) => luminance(data, i * channels)) };
}

function luminance(data: Uint8Array, at: number): number {
  return (0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!) / 255;
}

function contrasted(alpha: number): number {
  return Math.min(1, Math.max(0, (alpha - NONE) / (ALL - NONE)));
}

/** `picture` with the subject's alpha (times its own) and clean colours, RGBA. */
export function cutOut(picture: Picture, refined: Refined): Picture {
  const { width, height, channels, data } = picture;
  const { frame, gain, offset } = refined;
  const out = new Uint8Array(width * height * 4);
  const place = new Place(gain);
  for (let y = 0; y < frame.height; y++) {
    place.row((y + 0.5) / frame.height);
    for (let x = 0; x < frame.width; x++) {
      const pixel = (frame.top + y) * width + frame.left + x;
      const from = pixel * channels;
      place.column((x + 0.5) / frame.width);
      const alpha = contrasted(place.of(gain) * luminance(data, from) + place.of(offset));
      if (alpha === 0) continue;
      for (let c = 0; c < 3; c++)
        out[pixel * 4 + c] = alpha === 1 ? data[from + c]! : unmixed(data[from + c]!, alpha, place.of(refined.subject[c]!), place.of(refined.background[c]!));
      out[pixel * 4 + 3] = Math.round(alpha * (channels === 4 ? data[from + 3]! : 255));
    }
  }
  return { width, height, channels: 4, data: out };
}

/** The subject's colour in a pixel that shows it mixed with the background. */
function unmixed(colour: number, alpha: number, subject: number, background: number): number {
  return Math.min(255, Math.max(0, subject + alpha * (colour - alpha * subject - (1 - alpha) * background)));
}

/** A bilinear reading position shared by planes of one size. */
class Place {
  private top = 0;
  private bottom = 0;
  private down = 0;
  private left = 0;
  private right = 0;
  private across = 0;

  constructor(private readonly size: Pick<Plane, 'width' | 'height'>) {}

  /** @param share 0 … 1 of the height. */
  row(share: number): void {
    const { width, height } = this.size;
    const y = Math.min(height - 1, Math.max(0, share * height - 0.5));
    this.top = Math.floor(y) * width;
    this.bottom = Math.min(height - 1, Math.floor(y) + 1) * width;
    this.down = y - Math.floor(y);
  }

  column(share: number): void {
    const { width } = this.size;
    const x = Math.min(width - 1, Math.max(0, share * width - 0.5));
    this.left = Math.floor(x);
    this.right = Math.min(width - 1, this.left + 1);
    this.across = x - this.left;
  }

  of({ data }: Plane): number {
    const a = data[this.top + this.left]!,
      b = data[this.top + this.right]!,
      c = data[this.bottom + this.left]!,
      d = data[this.bottom + this.right]!;
    const upper = a + (b - a) * this.across;
    return upper + (c + (d - c) * this.across - upper) * this.down;
  }
}
