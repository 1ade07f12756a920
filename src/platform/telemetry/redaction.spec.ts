import { describe, expect, it } from 'vitest';
import { redact, REDACTED, scrub } from './redaction.js';

describe('redaction', () => {
  it.each([
    'authorization',
    'Cookie',
    'set-cookie',
    'password',
    'newPassword',
    'token',
    'accessToken',
    'refresh_token',
    'secret',
    'bootstrapSecret',
    'key',
    'apiKey',
    'signature',
    'x-csrf-token',
  ])('a value under the name %s never reaches a log', (name) => expect(redact({ headers: [{ [name]: 'hush' }] })).toEqual({ headers: [{ [name]: REDACTED }] }));
  it.each([
    'GET /files/t/a.png?exp=1&sig=hush&x=1',
    'https://s3/x?X-Amz-Signature=hush',
    'https://s3/x?X-Amz-Credential=hush&a=b',
    'Authorization: Bearer hush',
    'used atl_live_hush_hush_hush today',
    'postgres://atelier:hush@127.0.0.1/x',
    '{"url":"/a?token=hush"}',
  ])('a secret inside text is cut out: %s', (text) => expect(scrub(text)).not.toContain('hush'));
  it('what is not secret stays readable', () => {
    const line = { jobId: 'job_1', tokenTtlMs: 5, idempotencyKey: 'a', at: new Date(0), amountMilli: 5n };
    expect(redact(line)).toEqual({ ...line, amountMilli: '5' });
    expect(scrub('GET /api/v1/jobs?limit=5&cursor=abc')).toBe('GET /api/v1/jobs?limit=5&cursor=abc');
  });
  it('an error keeps its message, code and cause, and nothing else', () => {
    const error = Object.assign(new Error('no', { cause: new TypeError('why') }), { code: 'X', request: { password: 'hush' } });
    expect(redact({ err: error })).toMatchObject({ err: { type: 'Error', message: 'no', code: 'X', cause: { type: 'TypeError', message: 'why' } } });
    expect(JSON.stringify(redact(error))).not.toContain('hush');
  });
  it('a circle or a very long list ends', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => JSON.stringify(redact(circle))).not.toThrow();
    expect(redact(Array.from({ length: 60 }, (_, i) => i))).toHaveLength(51);
  });
});
