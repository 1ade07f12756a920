import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.js';

const id = '0190b2d4-0000-7000-8000-000000000001';

describe('cursors', () => {
  it.each(['2026-11-21T02:03:04.123456Z', '2026-11-21T02:03:04Z', '2026-11-21 02:03:04.123456+00'])('the time %s comes back with every digit', (at) =>
    expect(decodeCursor(encodeCursor(at, id))).toEqual({ at, id }),
  );
  it.each([
    '',
    'x',
    '!!',
    encodeCursor('yesterday', id),
    encodeCursor('2026-13-41T99:00:00Z', id),
    encodeCursor('2026-11-21T02:03:04Z', "'; DROP TABLE job"),
    encodeCursor('2026-11-21T02:03:04Z', ''),
    Buffer.from('{}').toString('base64url'),
    Buffer.from('[1,2]').toString('base64url'),
    'a'.repeat(300),
  ])('%j is refused as 422', (text) => expect(() => decodeCursor(text)).toThrowError(expect.objectContaining({ kind: 'invalid', code: 'invalid_cursor' })));
  it('no text whatever ends in another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((j) => Buffer.from(j).toString('base64url')),
        ),
        (text) => {
          try {
            decodeCursor(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid_cursor' });
          }
        },
      ),
    );
  });
});
