import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sign, verify, type Permit } from './address.js';

const secret = Buffer.alloc(32, 7);
const now = 1_800_000_000_000;
const put: Permit = { method: 'PUT', key: 't/a/b', expires: now / 1000 + 60, bytes: 12, sha256: 'ab'.repeat(32), contentType: 'image/png' };
const get: Permit = { method: 'GET', key: 't/a/b', expires: now / 1000 + 60, downloadName: 'Käse & "mehr".png' };

const parts = (address: string): { key: string; query: Record<string, string> } => {
  const url = new URL(address, 'http://x');
  return { key: url.pathname.slice('/files/'.length), query: Object.fromEntries(url.searchParams) };
};

describe('signed addresses of the file door', () => {
  it.each([put, get])('what was signed is what is permitted (%#)', (permit) => {
    const { key, query } = parts(sign(permit, secret));
    expect(verify(permit.method, key, query, secret, now)).toMatchObject(permit);
  });
  it('an address ends at its second', () => {
    const { key, query } = parts(sign(get, secret));
    expect(verify('GET', key, query, secret, get.expires * 1000 - 1)).toMatchObject({ method: 'GET' });
    expect(verify('GET', key, query, secret, get.expires * 1000)).toBe('expired');
  });
  it.each(['exp', 'bytes', 'sha256', 'type', 'sig'])('changing or dropping %s voids the address', (name) => {
    const { key, query } = parts(sign(put, secret));
    expect(verify('PUT', key, { ...query, [name]: `${query[name]}1` }, secret, now)).toBe('tampered');
    expect(verify('PUT', key, { ...query, [name]: undefined }, secret, now)).toBe('tampered');
    expect(verify('PUT', key, { ...query, [name]: [query[name], query[name]] }, secret, now)).toBe('tampered');
  });
  it('an address serves one method, one key and one secret', () => {
    const { key, query } = parts(sign(get, secret));
    expect(verify('PUT', key, query, secret, now)).toBe('tampered');
    expect(verify('GET', `${key}c`, query, secret, now)).toBe('tampered');
    expect(verify('GET', key, { ...query, name: 'x' }, secret, now)).toBe('tampered');
    expect(verify('GET', key, query, Buffer.alloc(32, 8), now)).toBe('tampered');
  });
  it('no made-up query is let in', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('exp', 'sig', 'name', 'type', 'bytes', 'sha256'), fc.string()),
        (query) => typeof verify('GET', 't/a/b', query, secret, now) === 'string',
      ),
    );
  });
});
