/** Credits at the edges (`"4.5"`) and milli-credits inside (`4500n`). Money is never a `number`. */

/** At most twelve digits before and three after the point: what every amount that comes from outside must match. */
export const CREDITS_PATTERN = /^(?:0|[1-9]\d{0,11})(?:\.\d{1,3})?$/;

/** `"4.5"` → `4500n`. The text must match `CREDITS_PATTERN`; edges check it. */
export function parseCredits(text: string): bigint {
  if (!CREDITS_PATTERN.test(text)) throw new RangeError(`"${text}" is not an amount of credits: write digits with at most three decimals, such as "4.5".`);
  const [whole, decimals = ''] = text.split('.') as [string, string?];
  return BigInt(whole) * 1000n + BigInt(decimals.padEnd(3, '0'));
}

/** `4500n` → `"4.5"`, `-500n` → `"-0.5"`; no trailing zeros. */
export function formatCredits(milli: bigint): string {
  const size = milli < 0n ? -milli : milli;
  const decimals = String(size % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${milli < 0n ? '-' : ''}${size / 1000n}${decimals && `.${decimals}`}`;
}

/** What a credit is worth where no contract says otherwise: $0.02, in millionths of a dollar. */
export const LIST_CREDIT_MICROS = 20_000n;

/** Millionths of a dollar that credits are worth at their list value. */
export const listValueMicros = (milli: bigint): bigint => (milli * LIST_CREDIT_MICROS) / 1000n;
