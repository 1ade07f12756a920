import { parseMilli } from '@atelier/ui-kit';

/** Whether a text is an amount of credits that can be given: more than nothing, at most three decimals. */
export function isGrantable(credits: string): boolean {
  try {
    return parseMilli(credits) > 0n;
  } catch {
    return false;
  }
}
