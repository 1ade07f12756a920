import { DomainError } from '../errors/index.js';

/** Where a page ended: the last row's time (ISO 8601, microseconds kept as text) and id. The next page is what sorts below `(at, id)`. */
export interface Cursor {
  at: string;
  id: string;
}

const LONGEST = 256;
/** Lists sort by uuid, and the ledger by its running number. */
const ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{1,18})$/;

/** `encodeCursor(row.createdAtIsoMicros, row.id)` → opaque text for `nextCursor`. */
export const encodeCursor = (at: string, id: string): string => Buffer.from(JSON.stringify([at, id])).toString('base64url');

/** @throws DomainError `invalid_cursor` (422) for anything that `encodeCursor` did not make */
export function decodeCursor(text: string): Cursor {
  try {
    if (text.length > LONGEST || !/^[A-Za-z0-9_-]+$/.test(text)) throw invalidCursor();
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed) || parsed.length !== 2) throw invalidCursor();
    const [at, id] = parsed as [unknown, unknown];
    if (typeof at !== 'string' || typeof id !== 'string' || !isTime(at) || !ID.test(id)) throw invalidCursor();
    return { at, id };
  } catch {
    throw invalidCursor();
  }
}

/** What PostgreSQL can read as a timestamptz: it gets the text back with all its digits. */
const isTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/.test(text) &&
  !Number.isNaN(Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')));

const invalidCursor = (): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'invalid_cursor',
    detail: 'The cursor is not one of ours. Give back `nextCursor` exactly as the page before had it, or leave it out to start anew.',
    errors: [{ pointer: '/cursor', code: 'invalid_cursor', message: 'is not a cursor of this list', fix: 'Leave it out to start at the newest.' }],
  });
