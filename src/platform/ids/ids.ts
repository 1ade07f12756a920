import type { IdPrefix } from '@atelier/contracts';
import { TypeID } from 'typeid-js';
import { v5, v7 } from 'uuid';
import { notFound } from '../errors/index.js';

export type { IdPrefix };

/** A new uuid v7: sorts by time of making, so that indexes grow at their end. */
export const newId = (): string => v7();

const NAMES = '6f1f9b0e-2f0a-5d0c-9a43-3c1f6b7d9e21';
/** The same uuid for the same name, always: for things that come from settings and have no row. */
export const namedId = (name: string): string => v5(name, NAMES);

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
/** Two digits of base 32 for ten bits. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => DIGITS[bits >> 5]! + DIGITS[bits & 31]!);

/**
 * `typeId('job', uuid)` → `job_01j…`, the form in which an id leaves the house. Files have millions of them: so by table. The first byte fills two digits,
 * each 20 bits of the other fifteen four.
 */
export function typeId(prefix: IdPrefix, uuid: string): string {
  const hex = uuid.replaceAll('-', '');
  let text = `${prefix}_${PAIRS[Number.parseInt(hex.slice(0, 2), 16)]!}`;
  for (let at = 2; at < 32; at += 5) {
    const bits = Number.parseInt(hex.slice(at, at + 5), 16);
    text += PAIRS[bits >> 10]! + PAIRS[bits & 1023]!;
  }
  return text;
}

/**
 * The uuid behind a TypeID. A malformed id or another prefix is answered like a thing that does not exist: 404 `not_found`,
 * so that ids cannot be probed by the shape of the refusal.
 */
export function parseId(prefix: IdPrefix, text: unknown): string {
  if (!isTypeId(prefix, text)) throw notFound(prefix);
  try {
    return TypeID.fromString(text).toUUID();
  } catch {
    // Spelled like an id, but no uuid of any version stands behind it.
    throw notFound(prefix);
  }
}

export function isTypeId(prefix: IdPrefix, text: unknown): text is string {
  if (typeof text !== 'string' || !text.startsWith(`${prefix}_`)) return false;
  return /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text.slice(prefix.length + 1));
}
