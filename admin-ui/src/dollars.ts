/** What somebody wrote in dollars as millionths, without a float on the way; null when it is no amount or finer than `decimals`: `"49.9"` → `"49900000"`. */
export function microsOf(dollars: string, decimals = 2): string | null {
  const match = /^(\d{1,9})(?:[.,](\d{1,6}))?$/.exec(dollars.trim());
  const fraction = match?.[2] ?? '';
  return match && fraction.length <= decimals ? String(BigInt(match[1]!) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))) : null;
}

/** The shortest way to write them, cents whole: `"50000000"` → `"50"`, `"12500000"` → `"12.50"`, `"1"` → `"0.000001"`. */
export function dollarsOf(micros: string): string {
  const digits = micros.padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return digits.slice(0, -6) + (fraction && `.${fraction.padEnd(2, '0')}`);
}
