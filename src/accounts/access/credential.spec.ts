import { describe, expect, it } from 'vitest';
import type { AuthRequest } from '../../platform/http/index.js';
import { credentialOf } from './credential.js';

const PUBLIC = 'https://studio.example';
const request = (headers: AuthRequest['headers'], cookies: AuthRequest['cookies'] = {}, method = 'GET'): AuthRequest => ({
  id: 'r',
  headers: { host: 'studio.example', ...headers },
  cookies,
  ip: '192.0.2.1',
  method,
  url: '/',
});
const of = (...args: Parameters<typeof request>) => {
  try {
    const { kind, secret } = credentialOf(request(...args), 's', PUBLIC);
    return `${kind} ${secret}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const signedIn = { s: 'secret', atelier_csrf: 'c' };

describe('what vouches for a request', () => {
  it('from our own page is the cookie alone, whatever else is sent', () => {
    expect(of({ origin: PUBLIC, authorization: 'Bearer t' }, signedIn)).toBe('cookie secret');
    expect(of({ origin: PUBLIC, authorization: 'Bearer t' })).toBe('unauthenticated');
    expect(of({ 'sec-fetch-site': 'same-origin', authorization: 'Bearer t' })).toBe('unauthenticated');
  });

  it('from elsewhere is a bearer token', () => {
    expect(of({ authorization: 'Bearer t' }, signedIn, 'POST')).toBe('bearer t');
    expect(of({ authorization: 'bearer t', origin: 'https://other.example' }, signedIn)).toBe('bearer t');
    for (const bad of ['t', 'Basic dTpw', 'Bearer ', 'Bearer a b', `Bearer ${'x'.repeat(5000)}`]) expect(of({ authorization: bad })).toBe('unauthenticated');
  });

  it('is never a cookie that another site had the browser send', () => {
    for (const origin of ['https://evil.example', 'null', 'https://studio.example.evil.example']) expect(of({ origin }, signedIn)).toBe('unauthenticated');
  });

  it('is a cookie without its csrf token only for reading', () => {
    expect(of({}, signedIn)).toBe('cookie secret');
    expect(of({ origin: PUBLIC }, signedIn, 'POST')).toBe('csrf_failed');
    expect(of({ origin: PUBLIC, 'x-csrf-token': 'd' }, signedIn, 'DELETE')).toBe('csrf_failed');
    expect(of({ 'x-csrf-token': 'c' }, signedIn, 'POST')).toBe('csrf_failed');
    expect(of({ origin: PUBLIC, 'x-csrf-token': 'c' }, signedIn, 'POST')).toBe('cookie secret');
  });
});
