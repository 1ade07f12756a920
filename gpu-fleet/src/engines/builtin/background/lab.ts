/** CIE L*a*b* (D65) from 8-bit sRGB: distances in it are close to what an eye calls "different". */

const LINEAR = Float32Array.from({ length: 256 }, (_, i) => {
  const c = i / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});

function cubeRoot(t: number): number {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}

/** @param rgb interleaved pixels, `channels` bytes each (3 or 4; alpha is ignored). Returns L, a, b interleaved, 3 floats a pixel. */
export function labOf(rgb: Uint8Array, channels: number): Float32Array {
  const count = rgb.length / channels;
  const lab = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    const r = LINEAR[rgb[i * channels]!]!;
    const g = LINEAR[rgb[i * channels + 1]!]!;
    const b = LINEAR[rgb[i * channels + 2]!]!;
    const x = cubeRoot((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    const y = cubeRoot(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
    const z = cubeRoot((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
    lab[i * 3] = 116 * y - 16;
    lab[i * 3 + 1] = 500 * (x - y);
    lab[i * 3 + 2] = 200 * (y - z);
  }
  return lab;
}
