import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { requestId } from './request-log.js';

const asked = (id: unknown): string => requestId({ headers: { 'x-request-id': id } } as unknown as IncomingMessage);

describe('request ids', () => {
  it.each(['0190b2d4-0000-7000-8000-000000000001', 'trace.42_abcdef'])('%s is taken as it is', (id) => expect(asked(id)).toBe(id));
  it.each([undefined, '', 'short', 'has space in it', 'line\nbreak-abc', '<script>alert(1)</script>', 'x'.repeat(65), ['a', 'b']])(
    '%j is replaced by one of ours',
    (id) => expect(asked(id)).toMatch(/^[0-9a-f-]{36}$/),
  );
});
