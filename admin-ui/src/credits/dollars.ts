/** What somebody wrote in dollars as millionths, without a float on the way; null when it is no amount: `"49.9"` → `"49900000"`. */
export function microsOf(dollars: string): string | null {
  const match = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(dollars.trim());
  return match && String(BigInt(match[1]!) * 1_000_000n + BigInt((match[2] ?? '').padEnd(2, '0')) * 10_000n);
}

/** The shortest way to write them: `"50000000"` → `"50"`. */
export function dollarsOf(micros: string): string {
  const cents = (BigInt(micros) / 10_000n).toString().padStart(3, '0');
  return `${cents.slice(0, -2)}.${cents.slice(-2)}`.replace(/\.00$/, '');
}
