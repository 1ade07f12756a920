/**
 * Credits are decimal strings with at most three places (`"4.5"`), because that is how the API sends them.
 * All arithmetic is on `bigint` thousandths; a float never touches an amount.
 */
const PATTERN = /^(-?)(\d+)(?:\.(\d{1,3})0*)?$/;

/** Thousandths of a credit. @throws RangeError when the text is not an amount. */
export function parseMilli(credits: string): bigint {
  const match = PATTERN.exec(credits);
  if (!match) {
    throw new RangeError(`"${credits}" is not an amount of credits: expected digits with at most three decimal places, such as "4.5".`);
  }
  const [, sign, whole, fraction = ''] = match;
  const milli = BigInt(whole!) * 1000n + BigInt(fraction.padEnd(3, '0'));
  return sign === '-' ? -milli : milli;
}

/** The shortest decimal string of an amount: `4500n` → `"4.5"`. */
export function fromMilli(milli: bigint): string {
  const size = milli < 0n ? -milli : milli;
  const fraction = (size % 1000n).toString().padStart(3, '0').replace(/0+$/, '');
  return `${milli < 0n ? '-' : ''}${size / 1000n}${fraction && `.${fraction}`}`;
}

export function addCredits(...amounts: string[]): string {
  return fromMilli(amounts.reduce((sum, amount) => sum + parseMilli(amount), 0n));
}

export function subtractCredits(from: string, amount: string): string {
  return fromMilli(parseMilli(from) - parseMilli(amount));
}

/** Negative, zero or positive, as a comparator wants it. */
export function compareCredits(a: string, b: string): number {
  const difference = parseMilli(a) - parseMilli(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** What of a hold came back: held − charged, never below zero (an extension may have been charged after the first hold). */
export function returnedCredits(held: string, charged: string): string {
  return compareCredits(held, charged) > 0 ? subtractCredits(held, charged) : '0';
}
