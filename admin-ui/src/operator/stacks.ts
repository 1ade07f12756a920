/** A stretch of a bar, from its bottom. */
export interface Stretch {
  from: number;
  height: number;
}

/** Bars whose parts stand on each other, in proportion; the largest bar is as high as it goes. A part may be of no height. */
export function stackBars(bars: readonly (readonly number[])[], height: number): Stretch[][] {
  const sums = bars.map((parts) => parts.reduce((sum, part) => sum + part, 0));
  const largest = Math.max(0, ...sums);
  return bars.map((parts) => {
    let upTo = 0;
    return parts.map((part) => {
      const from = upTo;
      upTo += largest === 0 ? 0 : (part * height) / largest;
      return { from, height: upTo - from };
    });
  });
}
