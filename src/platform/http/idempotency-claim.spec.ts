import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { canonical, claimOf } from './idempotency-claim.js';

const request = (headers: Record<string, unknown>, body?: unknown, url = '/api/v1/jobs?x=1'): FastifyRequest =>
  ({ method: 'POST', url, headers, body, routeOptions: { url: '/api/v1/jobs' } }) as unknown as FastifyRequest;

describe('idempotency claims', () => {
  it('the order of members does not make another body, their values do', () => {
    const [a, b, c] = [
      { p: 1, q: { r: [1, 2], s: null } },
      { q: { s: null, r: [1, 2] }, p: 1 },
      { p: 1, q: { r: [2, 1], s: null } },
    ].map((body) => claimOf(request({}, body)).bodyHash);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
  it('the path is part of what is asked, the template is the route', () => {
    expect(claimOf(request({}, {}, '/api/v1/uploads/a')).bodyHash).not.toBe(claimOf(request({}, {}, '/api/v1/uploads/b')).bodyHash);
    expect(claimOf(request({ 'idempotency-key': 'k' }, {}))).toMatchObject({ key: 'k', route: 'POST /api/v1/jobs' });
  });
  it.each(['', ' ', ' k', 'ä', 'a\nb', 'k'.repeat(256), ['a', 'b']])('the key %j is refused as 400', (key) => {
    expect(() => claimOf(request({ 'idempotency-key': key }))).toThrowError(expect.objectContaining({ kind: 'malformed', code: 'idempotency_key_invalid' }));
  });
  it('canonical JSON means the same as the value', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))));
  });
});
