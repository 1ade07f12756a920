/** Bars of one colour along the edges of a picture (film formats, screenshots): they are no background to learn from. */

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** JPEG smears a bar's edge by a few levels and two rows. */
const TOLERANCE = 24;
const SMEAR = 2;
const LARGEST_BAR = 0.4;

/**
 * What remains inside the bars. A bar ends along a straight line across the whole side; a plain studio background does not, and stays.
 * @param rgb interleaved, `channels` bytes a pixel.
 */
export function insideBars(rgb: Uint8Array, channels: number, width: number, height: number): Frame {
  const bar = (vertical: boolean, first: number, direction: 1 | -1) => {
    const [lines, length] = vertical ? [width, height] : [height, width];
    const at = (line: number, k: number) => (vertical ? k * width + line : line * width + k) * channels;
    const colour = [0, 1, 2].map((c) => {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += rgb[at(first, k) + c]!;
      return sum / length;
    });
    const differing = (line: number) => {
      let n = 0;
      for (let k = 0; k < length; k++) if ([0, 1, 2].some((c) => Math.abs(rgb[at(line, k) + c]! - colour[c]!) > TOLERANCE)) n++;
      return n / length;
    };
    let n = 0;
    while (n < lines * LARGEST_BAR && differing(first + direction * n) < 0.1) n++;
    if (n === 0 || n >= lines * LARGEST_BAR) return 0;
    const endsAtOnce = [0, 1, 2].some((k) => differing(first + direction * (n + k)) > 0.7);
    return endsAtOnce ? n + SMEAR : 0;
  };
  const left = bar(true, 0, 1),
    right = bar(true, width - 1, -1),
    top = bar(false, 0, 1),
    bottom = bar(false, height - 1, -1);
  return { left, top, width: width - left - right, height: height - top - bottom };
}
