import { describe, expect, it } from 'vitest';
import { newWebhookSecret, signedHeaders } from './signature.js';

describe('the signature of a webhook', () => {
  it('is the one of the example in the specification', () => {
    // Standard Webhooks 1.0: secret, id, time and body as its libraries test them.
    const headers = signedHeaders(
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' },
      new Date(1614265330_000),
    );
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(headers['webhook-timestamp']).toBe('1614265330');
  });
  it('is given twice while a secret is being changed', () => {
    const [next, before] = [newWebhookSecret(), newWebhookSecret()];
    const message = { id: 'evt_1', body: '{}' };
    const at = new Date(0);
    const both = signedHeaders([next, before], message, at)['webhook-signature']!.split(' ');
    expect(both).toEqual([signedHeaders([next], message, at)['webhook-signature'], signedHeaders([before], message, at)['webhook-signature']]);
  });
  it('has a secret of 32 bytes of its own', () => {
    const secrets = new Set(Array.from({ length: 50 }, newWebhookSecret));
    expect(secrets.size).toBe(50);
    for (const secret of secrets) expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
  });
});
