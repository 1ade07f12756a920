/** Colours that belong together: a ramp from shadow to light in OKLCH, where equal steps look equal, plus one accent. */
import type { Random } from './random.js';

export interface Palette {
  /** Red, green, blue 0 … 255 of `position` 0 (shadow) … 1 (light). */
  ramp(position: number): readonly [number, number, number];
  accent: readonly [number, number, number];
}

const STOPS = 256;
/** Degrees from the first hue to the last, and to the accent: analogous, warm-cool, split, complementary. */
const SCHEMES = [
  [45, 180],
  [-70, 110],
  [110, 200],
  [-150, 60],
] as const;

/** @param vividness 0 … 1. */
export function paletteOf(random: Random, vividness: number): Palette {
  const hue = random.between(0, 360);
  const [turn, toAccent] = SCHEMES[random.below(SCHEMES.length)]!;
  const chroma = 0.06 + 0.1 * vividness;
  const darkest = random.between(0.16, 0.26);
  const lightest = random.between(0.88, 0.96);
  const table = new Float32Array((STOPS + 1) * 3);
  for (let i = 0; i <= STOPS; i++) {
    const t = i / STOPS;
    table.set(fromOklch(darkest + (lightest - darkest) * t, chroma * (0.45 + 2.2 * t * (1 - t)), hue + turn * t), i * 3);
  }
  return {
    ramp: (position) => {
      const i = Math.round(Math.min(1, Math.max(0, position)) * STOPS) * 3;
      return [table[i]!, table[i + 1]!, table[i + 2]!];
    },
    accent: fromOklch(0.78, chroma * 1.5, hue + toAccent),
  };
}

/** OKLCH (L 0 … 1, hue in degrees) to sRGB 0 … 255, clipped. Matrices: Björn Ottosson, "A perceptual color space", 2020. */
function fromOklch(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos((hue * Math.PI) / 180),
    b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function encode(linear: number): number {
  const c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.min(255, Math.max(0, c * 255));
}
