import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isGenuine } from './webhook-signature.js';

const key = randomBytes(32);
const secret = `whsec_${key.toString('base64')}`;
const now = 1_800_000_000;
const body = Buffer.from('{"id":"p1"}');
const signed = (id: string, at: number, bytes: Buffer, by = key): string =>
  `v1,${createHmac('sha256', by).update(`${id}.${at}.`).update(bytes).digest('base64')}`;
const hook = (change: object = {}) => ({ id: 'msg_1', timestamp: String(now), signature: signed('msg_1', now, body), body, ...change });

describe('a webhook is genuine', () => {
  it('when one of its signatures is over its id, its time and the bytes as they came', () => {
    expect(isGenuine(secret, hook(), now)).toBe(true);
    expect(isGenuine(secret, hook({ signature: `v1,${randomBytes(32).toString('base64')} ${signed('msg_1', now, body)}` }), now)).toBe(true);
  });

  it.each([
    ['another body', { body: Buffer.from('{"id":"p2"}') }],
    ['another id', { id: 'msg_2' }],
    ['another time', { timestamp: String(now + 1) }],
    ['no signature', { signature: undefined }],
    ['no id', { id: undefined }],
    ['a time that is no number', { timestamp: 'now' }],
    ['an empty signature', { signature: 'v1,' }],
    ['another version', { signature: signed('msg_1', now, body).replace('v1', 'v2') }],
    ['another key', { signature: signed('msg_1', now, body, randomBytes(32)) }],
  ])('not with %s', (_what, change) => expect(isGenuine(secret, hook(change), now)).toBe(false));

  it('not five minutes before or after', () => {
    expect(isGenuine(secret, hook(), now + 299)).toBe(true);
    expect(isGenuine(secret, hook(), now + 301)).toBe(false);
    expect(isGenuine(secret, hook(), now - 301)).toBe(false);
  });
});
