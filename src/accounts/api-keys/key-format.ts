import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * `atl_live_<12>_<30>_<6>`: a name that secret scanners can look for, the part that finds the row, the secret (178 bits), and a CRC-32 of all
 * before it, so that a mistyped or made-up key is refused without asking the database. Underscores let a double click select the whole.
 */
const PREFIX = 'atl_live_';
const LOOKUP_LENGTH = 12;
const SECRET_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = new RegExp(`^${PREFIX}([0-9A-Za-z]{${LOOKUP_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}}_[0-9A-Za-z]{${CHECKSUM_LENGTH}}$`);

const random = (length: number): string => Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');

/** CRC-32 of `text` as six base62 digits (62⁶ > 2³²). */
export function checksum(text: string): string {
  let n = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62[n % 62] + digits;
    n = Math.floor(n / 62);
  }
  return digits;
}

/** A new key and the part of it by which it is found. */
export function newKey(): { key: string; lookup: string } {
  const lookup = random(LOOKUP_LENGTH);
  const body = `${PREFIX}${lookup}_${random(SECRET_LENGTH)}`;
  return { key: `${body}_${checksum(body)}`, lookup };
}

export const looksLikeKey = (token: string): boolean => token.startsWith(PREFIX);

/** The lookup part of a well-formed key; null when its form or checksum is wrong. */
export function lookupOf(key: string): string | null {
  const match = FORM.exec(key);
  if (!match) return null;
  const body = key.slice(0, -CHECKSUM_LENGTH - 1);
  return checksum(body) === key.slice(-CHECKSUM_LENGTH) ? match[1]! : null;
}
