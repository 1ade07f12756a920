import { describe, expect, it } from 'vitest';
import { csrfFault, fromOwnPage } from './csrf.js';

const ours = 'https://studio.example';
const good = { host: 'studio.example', origin: ours, 'sec-fetch-site': 'same-origin', 'x-csrf-token': 'abc' };
const ask = (headers: Record<string, string>, method = 'POST', cookies: Record<string, string> = { atelier_csrf: 'abc' }) =>
  csrfFault({ method, headers, cookies }, ours);

describe('csrf', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s from our own page with the token passes', (method) => expect(ask(good, method)).toBeNull());
  it.each(['GET', 'HEAD', 'OPTIONS'])('%s needs nothing', (method) => expect(ask({}, method, {})).toBeNull());
  it.each([
    ['no origin at all', { host: 'studio.example', 'x-csrf-token': 'abc' }],
    ['a foreign origin', { ...good, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a foreign origin that says nothing more', { host: 'studio.example', origin: 'https://evil.example', 'x-csrf-token': 'abc' }],
    ['a sister site', { ...good, 'sec-fetch-site': 'same-site' }],
    ['the origin "null"', { ...good, origin: 'null' }],
    ['an origin that only begins like ours', { host: 'studio.example', origin: 'https://studio.example.evil', 'x-csrf-token': 'abc' }],
    ['no token', { host: 'studio.example', origin: ours }],
    ['another token', { ...good, 'x-csrf-token': 'abd' }],
    ['an empty token', { ...good, 'x-csrf-token': '' }],
  ])('%s is refused', (_what, headers) => expect(ask(headers as Record<string, string>)).toMatchObject({ kind: 'forbidden', code: 'csrf_failed' }));
  it('a token without the cookie is refused', () => expect(ask(good, 'POST', {})).toMatchObject({ code: 'csrf_failed' }));
  it('behind another public name, the name that was asked counts as ours too', () => {
    expect(fromOwnPage({ headers: { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' } }, 'http://localhost:3000')).toBe(true);
    expect(fromOwnPage({ headers: { host: 'internal:3000', origin: ours } }, ours)).toBe(true);
    expect(fromOwnPage({ headers: { host: '127.0.0.1:3000' } }, ours)).toBe(false);
  });
});
