import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProbeHouse, OTHER_TENANT, TENANT, type ProbeHouse } from './probe-house.js';
import { ask as askAt, key, member, ProbeController, work, type Answer, type Question } from './probe-room.js';

let house: ProbeHouse;
const ask = (path: string, question?: Question): Promise<Answer> => askAt(house.url + path, question);
const echo = (body: unknown, idempotencyKey?: string, caller = member): Promise<Answer> =>
  ask('/api/v1/probe/echo', { caller, body, headers: idempotencyKey ? { 'idempotency-key': idempotencyKey } : {} });

beforeAll(async () => {
  house = await openProbeHouse([ProbeController]);
});
beforeEach(() => {
  work.calls = 0;
  work.gate = Promise.resolve();
});
afterAll(() => house.close());

describe('an Idempotency-Key', () => {
  it('answers a repetition with the first answer, without doing the work again', async () => {
    const first = await echo({ text: 'a', count: 2 }, 'k1');
    const second = await echo({ count: 2, text: 'a' }, 'k1');
    expect(first.status).toBe(202);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect([second.status, second.body, second.headers.get('idempotent-replayed')]).toEqual([202, first.body, 'true']);
    expect(work.calls).toBe(1);
  });
  it('with another body is refused', async () => {
    await echo({ text: 'a' }, 'k2');
    expect((await echo({ text: 'b' }, 'k2')).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(work.calls).toBe(1);
  });
  it('of a request that is still running is 409 with Retry-After', async () => {
    let open = (): void => undefined;
    work.gate = new Promise((resolve) => (open = resolve));
    const first = echo({ text: 'a' }, 'k3');
    await sleep(200);
    const second = await echo({ text: 'a' }, 'k3');
    expect(second.body).toMatchObject({ status: 409, code: 'idempotency_in_progress', retryable: true });
    expect(second.headers.get('retry-after')).toBe('1');
    open();
    expect((await first).status).toBe(202);
  });
  it('sent twenty times at once does the work once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => echo({ text: 'a' }, 'k4')));
    expect(work.calls).toBe(1);
    expect(answers.filter((a) => ![202, 409].includes(a.status))).toEqual([]);
  });
  it('belongs to tenant and actor', async () => {
    await echo({ text: 'a' }, 'k5');
    await echo({ text: 'a' }, 'k5', member.replace(TENANT, OTHER_TENANT));
    await echo({ text: 'a' }, 'k5', key);
    expect(work.calls).toBe(3);
  });
  it('keeps a refusal, but not a fault of ours', async () => {
    const refuse = () => ask('/api/v1/probe/refuse', { caller: member, body: {}, headers: { 'idempotency-key': 'k6' } });
    const [first, second] = [await refuse(), await refuse()];
    expect(second.body).toEqual(first.body);
    expect(second).toMatchObject({ status: 402, body: { code: 'insufficient_credits', estimate: '4' } });
    expect(second.headers.get('content-type')).toContain('application/problem+json');
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    work.calls = 0;
    const flaky = () => ask('/api/v1/probe/flaky', { caller: member, body: {}, headers: { 'idempotency-key': 'k7' } });
    expect((await flaky()).status).toBe(500);
    expect(await flaky()).toMatchObject({ status: 201, body: { call: 2 } });
  });
  it('of a process that died is free again after a minute, and of yesterday is new', async () => {
    await house.db.sql(
      `INSERT INTO idempotency_key (tenant_id, actor, route, key, body_hash, locked_until) SELECT tenant_id, actor, route, 'k8', body_hash, now() - interval '1 second' FROM idempotency_key WHERE key = 'k1'`,
    );
    expect(await echo({ text: 'a', count: 2 }, 'k8')).toMatchObject({ status: 202 });
    await house.db.sql(`UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = 'k1'`);
    const again = await echo({ text: 'quite another' }, 'k1');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });
  it.each(['x'.repeat(256), 'tab\tinside'])('of a bad shape is 400', async (bad) =>
    expect((await echo({ text: 'a' }, bad)).body).toMatchObject({ status: 400, code: 'idempotency_key_invalid' }),
  );

  describe('on a route that spends money', () => {
    const spend = (idempotencyKey: string | undefined, body: unknown = { text: 'a' }, caller = key): Promise<Answer> =>
      ask('/api/v1/probe/spend', { caller, body, headers: idempotencyKey ? { 'idempotency-key': idempotencyKey } : {} });

    it('is required of API keys, not of people', async () => {
      expect((await spend(undefined)).body).toMatchObject({ status: 400, code: 'idempotency_key_required' });
      expect((await spend(undefined, {}, member)).status).toBe(201);
    });
    it('is kept by the service in its own transaction', async () => {
      const first = await spend('m1');
      const second = await spend('m1');
      expect([second.status, second.body, second.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
      expect((await spend('m1', { text: 'b' })).body).toMatchObject({ code: 'idempotency_key_reused' });
      expect(work.calls).toBe(1);
    });
    it('of twins that run at once lets one through; the other is told to ask again and then gets the same answer', async () => {
      let open = (): void => undefined;
      work.gate = new Promise((resolve) => (open = resolve));
      const twins = [spend('m2'), spend('m2')];
      await sleep(300);
      open();
      const answers = await Promise.all(twins);
      expect(answers.map((a) => a.status).sort()).toEqual([201, 409]);
      expect((await spend('m2')).body).toEqual(answers.find((a) => a.status === 201)!.body);
    });
  });
});
