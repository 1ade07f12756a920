const MS_PER_HOUR = 3_600_000n;
const US_PER_MS = 1000n;
const SHARE_WHOLE = 1_000_000n;

const halfUp = (numerator: bigint, denominator: bigint): bigint => (2n * numerator + denominator) / (2n * denominator);

/**
 * Millionths of a dollar for `ms` of a box: time × rate × share, rounded once, half up.
 * @param usdMicrosPerHour rate of the whole box @param sharePpm share of the box in millionths, 0 to 1,000,000
 */
export const costMicros = (ms: number, usdMicrosPerHour: bigint, sharePpm: number): bigint =>
  halfUp(BigInt(ms) * usdMicrosPerHour * BigInt(sharePpm), MS_PER_HOUR * SHARE_WHOLE);

/** Microseconds of box time behind `ms` at a share: what is left when those who share a box are added up. Rounded once, half up. */
export const occupiedUs = (ms: number, sharePpm: number): number => Number(halfUp(BigInt(ms) * US_PER_MS * BigInt(sharePpm), SHARE_WHOLE));
