import { badKey } from './storage.errors.js';

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const LONGEST = 512;

/** The ending of the companion file that holds an object's digest and type in a folder; no key may end so. */
export const COMPANION = '.meta';

/**
 * Gives back `key` when it is one: segments of `A-Z a-z 0-9 . _ -` joined by `/`, none beginning with a dot, at most 512 characters.
 * So no key can leave the folder, hide, or name a companion file.
 */
export function checkedKey(key: string): string {
  if (key.length > LONGEST || key.endsWith(COMPANION) || !key.split('/').every((segment) => SEGMENT.test(segment))) throw badKey();
  return key;
}
