const DOLLARS = /^(\d{1,6})(?:\.(\d{1,6}))?$/;

/** Millionths of a dollar of what somebody wrote, such as `1.25`; null when it is no such amount. */
export function dollarsToMicros(text: string): string | null {
  const match = DOLLARS.exec(text.trim());
  return match ? String(BigInt(match[1]!) * 1_000_000n + BigInt((match[2] ?? '').padEnd(6, '0'))) : null;
}
