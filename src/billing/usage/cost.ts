const MS_PER_HOUR = 3_600_000n;
const SHARE_WHOLE = 1000n;

const halfUp = (numerator: bigint, denominator: bigint): bigint => (2n * numerator + denominator) / (2n * denominator);

/**
 * Millionths of a dollar for `ms` of a box: time × rate × share, rounded once, half up.
 * @param usdMicrosPerHour rate of the whole box @param shareMilli share of the box in thousandths, 0 to 1000
 */
export const costMicros = (ms: number, usdMicrosPerHour: bigint, shareMilli: number): bigint =>
  halfUp(BigInt(ms) * usdMicrosPerHour * BigInt(shareMilli), MS_PER_HOUR * SHARE_WHOLE);

/** Milliseconds of box time behind `ms` at a share: what is left when those who share a box are added up. Rounded once, half up. */
export const occupiedMs = (ms: number, shareMilli: number): number => Number(halfUp(BigInt(ms) * BigInt(shareMilli), SHARE_WHOLE));
