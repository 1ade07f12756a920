import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WEBHOOK_TYPES } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { newWebhookSecret, signedHeaders } from '../../src/accounts/webhooks/signature.js';

const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/webhooks.md'), 'utf8');
const example = /```js\n([\s\S]*?)```/.exec(guide)![1]!;
const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(example)}`)) as {
  isGenuine: (secret: string, headers: Record<string, string>, body: string) => boolean;
};

describe('the guide to webhooks', () => {
  const [secret, before] = [newWebhookSecret(), newWebhookSecret()];
  const body = '{"type":"job.succeeded","data":{"name":"Grüße"}}';
  const headers = signedHeaders([secret, before], { id: 'evt_1', body }, new Date());

  it('has an example that takes what we send, with either secret of a rotation', () => {
    expect([isGenuine(secret, headers, body), isGenuine(before, headers, body)]).toEqual([true, true]);
  });
  it('has an example that refuses another secret, body, id or time, and what is old or unsigned', () => {
    expect(isGenuine(newWebhookSecret(), headers, body)).toBe(false);
    expect(isGenuine(secret, headers, body.replace('succeeded', 'failed'))).toBe(false);
    expect(isGenuine(secret, { ...headers, 'webhook-id': 'evt_2' }, body)).toBe(false);
    expect(isGenuine(secret, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }, body)).toBe(false);
    expect(isGenuine(secret, signedHeaders([secret], { id: 'evt_1', body }, new Date(Date.now() - 301_000)), body)).toBe(false);
    expect(isGenuine(secret, { ...headers, 'webhook-timestamp': 'now' }, body)).toBe(false);
    expect(isGenuine(secret, {}, body)).toBe(false);
  });
  it('names every type there is', () => {
    for (const type of Object.keys(WEBHOOK_TYPES)) expect(guide).toContain(`\`${type}\``);
  });
});
