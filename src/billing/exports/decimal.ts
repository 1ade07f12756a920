/** A whole number of 10^-scale as decimal text without trailing zeros: `decimal(1250000n, 6)` → `"1.25"`. */
export function decimal(units: bigint, scale: number): string {
  const size = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const decimals = size.slice(-scale).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${size.slice(0, -scale)}${decimals && `.${decimals}`}`;
}

export const dollars = (micros: bigint): string => decimal(micros, 6);
export const credits = (milli: bigint): string => decimal(milli, 3);
export const seconds = (us: bigint): string => decimal(us, 6);
