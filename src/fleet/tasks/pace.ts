/**
 * How long work of a kind takes, learned from what it took. Diffusion time is nearly linear in steps × pixels, so one figure per kind, milliseconds
 * per unit (megapixel-steps), carries an estimate.
 */
export interface Pace {
  /** Exponentially weighted mean: what the next one is expected to take. */
  msPerUnit: number;
  p50: number;
  p90: number;
}

/** Before anything was measured: what the CPU engine takes on a small machine, with room. */
export const UNKNOWN_PACE: Pace = { msPerUnit: 150, p50: 150, p90: 400 };

/** Samples that carry half of the mean: the last ten or so. */
const SMOOTHING = 0.15;

/** @param newestFirst milliseconds per unit of finished attempts */
export function learn(newestFirst: readonly number[]): Pace {
  if (newestFirst.length === 0) return UNKNOWN_PACE;
  const msPerUnit = newestFirst.reduceRight((mean, sample) => mean + SMOOTHING * (sample - mean), newestFirst.at(-1)!);
  const sorted = [...newestFirst].sort((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return { msPerUnit, p50: quantile(0.5), p90: Math.max(quantile(0.9), msPerUnit) };
}

export const expected = (pace: Pace, units: number): { expectedMs: number; p50Ms: number; p90Ms: number } => ({
  expectedMs: Math.max(1, Math.ceil(pace.msPerUnit * units)),
  p50Ms: Math.max(1, Math.ceil(pace.p50 * units)),
  p90Ms: Math.max(1, Math.ceil(pace.p90 * units)),
});
